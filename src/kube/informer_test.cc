#include "kube/testing/informer_test.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::status;

TEST_F(InformerTest, OnlyTheLastPageOfAListMakesItCompleteAndSaysWhereTheWatchBegins) {
  const auto page = [](const char* name, const json& metadata) {
    return http::Response{200,
                          to_text({{"metadata", metadata}, {"items", json::array({a_pod(name)})}})};
  };
  api.failures.insert_or_assign(list,
                                page("a", {{"resourceVersion", "7"}, {"continue", "more of it"}}));
  informer->start();
  scheduler.advance(1ms);
  EXPECT_THAT(seen, ElementsAre("a"));
  EXPECT_FALSE(informer->is_synced());
  EXPECT_THAT(api.watch_paths, IsEmpty());
  api.failures.insert_or_assign(list, page("b", {{"resourceVersion", "8"}}));
  scheduler.advance(1ms);
  EXPECT_THAT(seen, ElementsAre("a", "b"));
  EXPECT_TRUE(informer->is_synced());
  EXPECT_EQ(synced, 1);
  EXPECT_THAT(api.full_paths[list], HasSubstr("continue=more%20of%20it"));
  ASSERT_EQ(api.watch_paths.size(), 1U);
  EXPECT_THAT(api.watch_paths[0], HasSubstr("resourceVersion=8"));
}

TEST_F(InformerTest, ListAndWatchAskForWhatIsSelectedAndTheWatchForBookmarks) {
  begin({.collection = {pods, "images"},
         .field_selector = "metadata.name=a",
         .label_selector = "x=1,y=2"});
  start();
  ASSERT_EQ(api.watch_paths.size(), 1U);
  for (const auto& path : {api.full_paths[list], api.watch_paths[0]}) {
    EXPECT_THAT(path, HasSubstr("&fieldSelector=metadata.name%3Da"));
    EXPECT_THAT(path, HasSubstr("&labelSelector=x%3D1%2Cy%3D2"));
  }
  EXPECT_THAT(api.watch_paths[0], HasSubstr("watch=true"));
  EXPECT_THAT(api.watch_paths[0], HasSubstr("allowWatchBookmarks=true"));
  EXPECT_THAT(api.watch_paths[0], HasSubstr("timeoutSeconds=225"));
}

TEST_F(InformerTest, EventsTellWhatIsThereAndWhatIsGone) {
  put("a");
  start();
  put("b");
  put("b");
  EXPECT_THAT(seen, ElementsAre("a", "b", "b"));
  EXPECT_TRUE(informer->has("images/b"));
  api.remove(collection + "/b");
  EXPECT_THAT(gone, ElementsAre("images/b uid-of-b"));
  EXPECT_FALSE(informer->has("images/b"));
  EXPECT_TRUE(informer->has("images/a"));
  send_event("DELETED", a_pod("never-there"));
  EXPECT_EQ(gone.size(), 1U);
}

TEST_F(InformerTest, AWatchWhoseTimeIsOverIsTakenUpFromWhereItWas) {
  start();
  put("a");
  scheduler.advance(225s);
  end_watches();
  scheduler.advance(100ms);
  ASSERT_EQ(api.watch_paths.size(), 2U);
  EXPECT_THAT(api.watch_paths[1], HasSubstr("resourceVersion=" + version_of("a")));
  EXPECT_EQ(api.count(list), 1U);
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(InformerTest, ABookmarkIsNoObjectButWhereTheNextWatchBegins) {
  start();
  ::testing::internal::CaptureStderr();
  send_event("BOOKMARK", {{"metadata", {{"resourceVersion", "5550"}}}});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "") << "that it has no name is in order";
  EXPECT_THAT(seen, IsEmpty());
  scheduler.advance(225s);
  end_watches();
  scheduler.advance(100ms);
  ASSERT_EQ(api.watch_paths.size(), 2U);
  EXPECT_THAT(api.watch_paths[1], HasSubstr("resourceVersion=5550"));
}

TEST_F(InformerTest, AWatchThatEndsWithGoneStartsAgainFromAList) {
  put("a");
  put("b");
  start();
  const std::function<void()> ways[] = {
      [this] { api.end_watches(status(410, "too old resource version")); },
      [this] {
        send_event("ERROR", {{"kind", "Status"}, {"code", 410}});
      }};
  for (const auto& end : ways) {
    const auto before = api.count(list);
    end();
    scheduler.advance(1s);
    EXPECT_EQ(api.count(list), before + 1);
    EXPECT_EQ(api.open_watches(), 1U);
  }
  EXPECT_THAT(errors, IsEmpty()) << "nothing is wrong";
}

TEST_F(InformerTest, AnErrorEventIsToldInTheServersWordsAndBeginsWithAList) {
  start();
  send_event("ERROR", {{"kind", "Status"}, {"code", 500}, {"message", "etcd has no leader"}});
  scheduler.advance(1s);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("500 Internal Server Error: etcd has no leader")));
  EXPECT_EQ(api.count(list), 2U);
  EXPECT_EQ(api.open_watches(), 1U);
}

TEST_F(InformerTest, AWatchThatBrokeBeginsWithAListAndTellsWhatIsGone) {
  put("a");
  put("b");
  start();
  api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  api.remove(collection + "/a");
  scheduler.advance(1s);
  EXPECT_THAT(errors, ElementsAre("connection reset"));
  EXPECT_EQ(api.count(list), 2U);
  EXPECT_EQ(synced, 2);
  EXPECT_THAT(gone, ElementsAre("images/a uid-of-a"));
  EXPECT_TRUE(informer->has("images/b"));
}

TEST_F(InformerTest, AWatchThatEndsEarlyLooksAtTheVersionAndGoesOnWhereItIsNoLower) {
  put("a");
  start();
  scheduler.advance(219s);
  end_watches();
  scheduler.advance(100ms);
  EXPECT_EQ(api.count(list), 2U);
  EXPECT_EQ(api.full_paths[list], collection + "?limit=1");
  EXPECT_THAT(seen, ElementsAre("a")) << "that was no list";
  EXPECT_EQ(synced, 1);
  ASSERT_EQ(api.watch_paths.size(), 2U);
  EXPECT_THAT(api.watch_paths[1], HasSubstr("resourceVersion=" + version_of("a")));
}

TEST_F(InformerTest, AWatchThatEndsEarlyStartsAgainFromAListWhereItIsAnotherHistory) {
  put("a");
  for (int i = 0; i < 1000; ++i) put("b");
  start();
  scheduler.advance(10s);
  api.rewind(collection + "/a", *api.find(collection + "/a"), 200);  // another etcd
  end_watches();
  scheduler.advance(100ms);
  EXPECT_EQ(api.count(list), 3U) << "the first, the look, and the second";
  EXPECT_EQ(synced, 2);
  EXPECT_THAT(api.watch_paths.back(), HasSubstr("resourceVersion=200"));
}

TEST_F(InformerTest, ALineThatIsNoEventEndsTheWatchAndWhatFollowsItIsNotHeard) {
  start();
  for (const char* line : {"garbage", "{}", R"({"type":"ADDED"})", R"({"object":{"a":1}})"}) {
    errors.clear();
    const auto before = api.count(list);
    api.send_line(collection, line);
    send_event("ADDED", a_pod("ghost"));
    end_watches();
    scheduler.advance(10s);
    ASSERT_EQ(errors.size(), 1U) << line;
    EXPECT_THAT(errors[0], HasSubstr("where a watch event was expected"));
    EXPECT_EQ(api.count(list), before + 1) << line;
    EXPECT_EQ(api.open_watches(), 1U) << line;
  }
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(InformerTest, AnObjectOfBadShapeIsLeftOutByNameOnceAndWhatWasKnownStays) {
  put("a");
  start();
  json bad = a_pod("a");
  bad["metadata"]["labels"] = 7;
  ::testing::internal::CaptureStderr();
  api.put(collection + "/a", bad);
  api.put(collection + "/a", bad);
  api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  scheduler.advance(1s);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(synced, 2) << "one object does not end the list for the others";
  EXPECT_THAT(seen, ElementsAre("a"));
  EXPECT_TRUE(informer->has("images/a"));
  EXPECT_THAT(gone, IsEmpty());
  EXPECT_THAT(log, HasSubstr("object=images/a"));
  EXPECT_THAT(log, HasSubstr("metadata.labels is not an object of strings"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

}  // namespace
}  // namespace kip::kube
