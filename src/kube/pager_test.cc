// Lists of what anybody may have put into a cluster: large objects, strange ones, many.
#include <charconv>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "kube/informer.h"
#include "testing/fake_scheduler.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;

// An API server that pages as the real one does, and a transport that takes no body above max_body.
class PagingApi : public http::Transport {
 public:
  explicit PagingApi(testing::FakeScheduler& scheduler) : scheduler_(scheduler) {}

  HandlePtr send(http::Request request, std::function<void(http::Answer)> done) override {
    ++lists;
    if (!always.empty())
      return scheduler_.after(1ms, [this, done = std::move(done)] {
        done(http::Response{200, always});
      });
    return scheduler_.after(1ms, [this, request, done = std::move(done)] { done(page(request)); });
  }
  HandlePtr stream(http::Request, std::function<void(std::string_view)>,
                   std::function<void(http::Answer)>) override {
    return scheduler_.after(24h, [] {});
  }

  std::map<std::string, json> objects;
  std::string always;  // set: the answer to everything
  int lists = 0;
  std::size_t largest = 0;  // body that was taken, in bytes

 private:
  static std::string value(const std::string& path, const std::string& key) {
    const auto at = path.find(key + "=");
    if (at == std::string::npos) return {};
    const auto begin = at + key.size() + 1;
    return path.substr(begin, path.find('&', begin) - begin);
  }

  http::Answer page(const http::Request& request) {
    const bool only_names = request.accept.find("PartialObjectMetadataList") != std::string::npos;
    const std::string limit_text = value(request.path, "limit");
    std::size_t limit = 0;
    std::from_chars(limit_text.data(), limit_text.data() + limit_text.size(), limit);
    json items = json::array();
    auto it = objects.lower_bound(value(request.path, "continue"));
    for (; it != objects.end() && items.size() < limit; ++it) {
      if (!only_names)
        items.push_back(it->second);
      else
        items.push_back({{"metadata", at(it->second, "/metadata")}});
    }
    json list = {{"metadata", {{"resourceVersion", "7"}}}, {"items", std::move(items)}};
    if (it != objects.end()) list["metadata"]["continue"] = it->first;
    std::string body = to_text(list);
    if (body.size() > http::max_body) {
      http::Error error{ErrorKind::transient, "a body of more than 8388608 bytes"};
      error.too_large = true;
      return error;
    }
    largest = std::max(largest, body.size());
    return http::Response{200, std::move(body)};
  }

  testing::FakeScheduler& scheduler_;
};

class PagingTest : public ::testing::Test {
 protected:
  void put(const std::string& name, std::size_t bytes) {
    api.objects[name] = {{"metadata", {{"name", name}, {"uid", "uid-" + name}}},
                         {"spec", {{"images", std::string(bytes, ' ')}}}};
  }
  void list() {
    Informer informer(
        api, scheduler, {.collection = {{"/apis/x/v1", "things"}, ""}},
        {.on_object = [&](const json& o) { seen.insert(string_at(o, "/metadata/name")); },
         .on_gone = [](const std::string&, const std::string&) {},
         .on_synced = [&] { synced = true; },
         .on_error = [&](const http::Error& error) { errors += error.message + "\n"; }});
    informer.start();
    scheduler.advance(1min);
  }

  testing::FakeScheduler scheduler;
  PagingApi api{scheduler};
  std::set<std::string> seen;
  bool synced = false;
  std::string errors;
};

TEST_F(PagingTest, LargeObjectsOfOneTenantDoNotEndTheListForEverybody) {
  for (int i = 0; i < 30; ++i) put("large-" + std::to_string(i), 1 << 20);
  put("small", 100);
  list();
  EXPECT_TRUE(synced) << errors;
  EXPECT_EQ(seen.size(), 31U);
  EXPECT_EQ(errors, "");
}

TEST_F(PagingTest, OneThatIsTooLargeIsLeftOutByName) {
  put("a", 100);
  put("b-huge", 9 << 20);
  put("c-huge", 9 << 20);
  put("d", 100);
  ::testing::internal::CaptureStderr();
  list();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(synced) << errors;
  EXPECT_EQ(seen, (std::set<std::string>{"a", "d"}));
  EXPECT_NE(log.find("object=b-huge"), std::string::npos) << log;
  EXPECT_NE(log.find("object=c-huge"), std::string::npos) << log;
}

TEST_F(PagingTest, OneThatIsNoObjectOfTheApiIsLeftOut) {
  put("a", 100);
  api.objects["b"] = {{"metadata", 7}};
  api.objects["c"] = "text";
  api.objects["d"] = {{"metadata", {{"name", "d"}, {"annotations", {{"x", 7}}}}}};
  put("e", 100);
  list();
  EXPECT_TRUE(synced) << errors;
  EXPECT_EQ(seen, (std::set<std::string>{"a", "e"}));
}

TEST_F(PagingTest, ManyComeInFewPagesThatAreNotLarge) {
  for (int i = 0; i < 5000; ++i) put("pod-" + std::to_string(i), 10 << 10);
  list();
  EXPECT_EQ(seen.size(), 5000U);
  EXPECT_LE(api.lists, 80);
  EXPECT_LE(api.largest, std::size_t{3} << 19) << "about 1 MiB";
}

TEST_F(PagingTest, AListThatNeverEndsIsNotAskedForWithoutAPause) {
  for (const char* page : {R"({"metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"}}]})",
                           R"({"metadata":{"continue":"x"},"items":[]})"}) {
    api.always = page;
    api.lists = 0;
    list();
    EXPECT_LE(api.lists, 400) << page;
    EXPECT_NE(errors, "");
    EXPECT_FALSE(synced);
  }
}

}  // namespace
}  // namespace kip::kube
