#include "controller/testing/daemonset_writer_test.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::status;

TEST_F(DaemonSetWriterTest, WhatIsAcceptedIsToldFirstThenKnownThenDone) {
  json made = a_daemonset("new");
  made["metadata"]["uid"] = "u1";
  api.failures.emplace(create, http::Response{201, to_text(made)});  // of which no watch tells
  told.clear();
  EXPECT_TRUE(writer.execute(to_create()));
  scheduler.advance(1ms);
  EXPECT_THAT(told, ElementsAre("accepted", "changed", "done"));
  EXPECT_EQ(is(), "new");
}

TEST_F(DaemonSetWriterTest, WhileAnActionIsUnderWayNoOtherIsStarted) {
  put();
  EXPECT_TRUE(writer.execute(to_replace("one")));
  EXPECT_TRUE(writer.is_busy());
  EXPECT_FALSE(writer.execute(to_replace("two")));
  scheduler.advance(1s);
  EXPECT_FALSE(writer.is_busy());
  EXPECT_EQ(api.count(replace), 1U);
  EXPECT_EQ(is(), "one");
}

TEST_F(DaemonSetWriterTest, AnActionThatIsNoneIsNotStarted) {
  EXPECT_FALSE(writer.execute({}));
  scheduler.advance(1min);
  EXPECT_THAT(api.requests, IsEmpty());
}

TEST_F(DaemonSetWriterTest, WhatIsDeletedIsGoneAtOnceOrStaysWhereAFinalizerKeepsIt) {
  put();
  json kept = *api.find(path);
  kept["kind"] = "DaemonSet";
  kept["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  api.failures.emplace(remove, http::Response{200, to_text(kept)});
  execute(to_remove());
  EXPECT_EQ(string_at(store.object(), "/metadata/deletionTimestamp"), "2026-01-31T12:00:00Z");
  api.failures.insert_or_assign(remove, http::Response{200, R"({"kind":"Status"})"});
  EXPECT_TRUE(writer.execute(to_remove()));
  scheduler.advance(1ms);
  EXPECT_TRUE(store.object().is_null()) << "before any watch tells of it";
}

TEST_F(DaemonSetWriterTest, OnlyTheOneThatWasDecidedOnIsDeleted) {
  put();
  const std::string of = uid();
  execute(to_remove());
  EXPECT_EQ(string_at(api.bodies(remove).back(), "/preconditions/uid"), of);
}

TEST_F(DaemonSetWriterTest, AConflictIsLookedAtAtOnceAndIsNoFailure) {
  put();
  const auto stale = to_replace();
  json edited = *api.find(path);
  edited["spec"]["is"] = "edited";
  api.put_quietly(path, edited);
  ::testing::internal::CaptureStderr();
  execute(stale);
  EXPECT_EQ(is(), "edited") << "read, as the watch did not tell";
  EXPECT_EQ(api.count(look), 1U);
  EXPECT_FALSE(writer.refused());
  scheduler.advance(20ms);
  execute(to_replace());
  EXPECT_EQ(is(), "new");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(DaemonSetWriterTest, WhatIsGoneOrThereAlreadyIsLookedAtLikeAConflict) {
  put();
  api.failures.emplace(replace, status(404));
  execute(to_replace());
  EXPECT_EQ(api.count(look), 1U);
  scheduler.advance(1s);
  execute(to_create());  // 409 AlreadyExists
  EXPECT_EQ(api.count(look), 2U);
  EXPECT_FALSE(writer.refused());
}

TEST_F(DaemonSetWriterTest, BeforeADeleteTheNextOneIsTriedOutAndNothingOfItIsStored) {
  put();
  execute(to_remove(a_daemonset("new")));
  ASSERT_THAT(api.requests, ElementsAre(create, remove));
  EXPECT_THAT(api.full_paths[create], HasSubstr("dryRun=All"));
  EXPECT_EQ(string_at(api.bodies(create).back(), "/spec/is"), "new");
  EXPECT_EQ(api.find(path), nullptr);
}

// With an agent, as the first change to CACHE_MODE=agent has it.
core::Action with_agent(core::Action action) {
  action.is_first_agent = true;
  return action;
}
json a_namespace(const std::string& level) {
  json made = {{"metadata", {{"name", "images"}}}};
  if (!level.empty()) made["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = level;
  return made;
}

TEST_F(DaemonSetWriterTest, WhereTheNamespaceRefusesThePodsNothingIsChangedAndItIsTold) {
  put();
  for (const char* level : {"restricted", "baseline"}) {
    api.put("/api/v1/namespaces/images", a_namespace(level));
    api.requests.clear();
    execute(with_agent(to_replace()));
    EXPECT_THAT(api.requests, ElementsAre("GET /api/v1/namespaces/images"));
    EXPECT_EQ(is(), "old");
    ASSERT_TRUE(writer.refused());
    EXPECT_THAT(writer.refused()->message,
                HasSubstr("images enforces Pod Security \"" + std::string(level)));
    EXPECT_THAT(writer.refused()->message, HasSubstr("enforce=privileged"));
    scheduler.advance(1min);
  }
  api.put("/api/v1/namespaces/images", a_namespace("privileged"));
  execute(with_agent(to_replace()));
  EXPECT_EQ(is(), "new");
}

TEST_F(DaemonSetWriterTest, AnAgentIsMadeWhereTheNamespaceSaysNothingOrMayNotBeRead) {
  put();
  api.put("/api/v1/namespaces/images", a_namespace(""));
  execute(with_agent(to_replace("one")));
  EXPECT_EQ(is(), "one");
  api.failures.emplace("GET /api/v1/namespaces/images", status(403));
  execute(with_agent(to_replace("two")));
  EXPECT_EQ(is(), "two");
  EXPECT_FALSE(writer.refused());
  api.requests.clear();
  json next = a_daemonset("three");
  execute(with_agent(to_remove(next)));
  EXPECT_THAT(api.requests, ElementsAre("GET /api/v1/namespaces/images", create, remove));
}

// With an image volume, as the first change to CACHE_MODE=volume has it.
core::Action with_image_volume(core::Action action) {
  action.object["spec"]["template"]["spec"]["volumes"] =
      json::parse(R"([{"name":"a","image":{"reference":"reg/a:1"}}])");
  action.is_to_be_shown = true;
  return action;
}
http::Response without_image_volume(int status, json object) {
  object["spec"]["template"]["spec"]["volumes"] = json::parse(R"([{"name":"a"}])");
  return {status, to_text(object)};
}

TEST_F(DaemonSetWriterTest, ImageVolumesAreShownToTheApiServerAndThenSent) {
  put();
  execute(with_image_volume(to_replace()));
  EXPECT_THAT(api.requests, ElementsAre(replace, replace));
  EXPECT_EQ(api.full_paths[replace].find("dryRun"), std::string::npos);
  EXPECT_EQ(is(), "new");
  EXPECT_FALSE(writer.refused());
}

TEST_F(DaemonSetWriterTest, WhereTheApiServerDropsImageVolumesNothingIsChangedAndItIsTold) {
  put();
  api.failures.emplace(replace, without_image_volume(200, a_daemonset("new")));
  execute(with_image_volume(to_replace()));
  EXPECT_EQ(api.requests, std::vector<std::string>{replace});
  EXPECT_THAT(api.full_paths[replace], HasSubstr("dryRun=All"));
  EXPECT_EQ(is(), "old");
  ASSERT_TRUE(writer.refused());
  EXPECT_THAT(writer.refused()->message, HasSubstr("CACHE_MODE=volume"));
  api.failures.clear();  // the API server is a newer one
  scheduler.advance(15s);
  execute(with_image_volume(to_replace()));
  EXPECT_EQ(is(), "new");
}

TEST_F(DaemonSetWriterTest, NorIsADaemonSetMadeOrDeletedForThem) {
  api.failures.emplace(create, without_image_volume(201, a_daemonset("new")));
  execute(with_image_volume(to_create()));
  EXPECT_THAT(api.full_paths[create], HasSubstr("dryRun=All"));
  EXPECT_TRUE(writer.refused());
  writer.reset();
  put();
  execute(with_image_volume(to_remove(a_daemonset("new"))));
  EXPECT_EQ(api.requests, (std::vector<std::string>{create, create}));
  EXPECT_EQ(string_at(api.bodies(create).back(), "/metadata/generateName"), "d-")
      << "the name is taken, and of what is there nothing would be seen";
  EXPECT_EQ(is(), "old");
  EXPECT_TRUE(writer.refused());
}

TEST_F(DaemonSetWriterTest, ATryThatIsAcceptedOrFindsTheNameTakenIsFollowedByTheDelete) {
  for (const auto& how : {http::Response{201, "{}"}, status(409, "d exists", "AlreadyExists")}) {
    put();
    api.failures.insert_or_assign(create, how);
    execute(to_remove(a_daemonset("new")));
    EXPECT_EQ(api.find(path), nullptr) << how.status;
  }
}

TEST_F(DaemonSetWriterTest, ATryThatIsRefusedKeepsTheDaemonSetAndIsTold) {
  put();
  api.failures.emplace(create, status(403, "not from an allowed registry"));
  keep_executing([this] { return to_remove(a_daemonset("new")); });
  scheduler.advance(1h);
  EXPECT_EQ(api.count(remove), 0U);
  EXPECT_EQ(is(), "old");
  ASSERT_TRUE(writer.refused());
  EXPECT_THAT(writer.refused()->message, HasSubstr("not from an allowed registry"));
}

TEST_F(DaemonSetWriterTest, ATryWithoutAnAnswerKeepsTheDaemonSet) {
  put();
  api.failures.emplace(create, http::Error{ErrorKind::unreachable, "connection refused"});
  keep_executing([this] { return to_remove(a_daemonset("new")); });
  scheduler.advance(1h);
  EXPECT_EQ(api.count(remove), 0U);
}

TEST_F(DaemonSetWriterTest, AnEditDuringTheTryMeansThatNothingIsDeleted) {
  put();
  EXPECT_TRUE(writer.execute(to_remove(a_daemonset("new"))));
  writer.reset();
  told.clear();
  scheduler.advance(1s);
  EXPECT_EQ(api.count(remove), 0U);
  EXPECT_THAT(told, ElementsAre("done"));
}

TEST_F(DaemonSetWriterTest, WhatTheServerKeepsOtherwiseIsTolerated) {
  put();
  auto action = to_replace("1000m");
  action.metadata = {{"annotations", {{"ours", "1"}}}};
  json stored = action.object;
  stored["spec"]["is"] = "1";
  stored["metadata"]["annotations"] = {{"ours", "other"}, {"of-somebody-else", "x"}};
  api.failures.emplace(replace, http::Response{200, to_text(stored)});
  execute(action);
  std::vector<std::string> kept;
  for (const auto& each : writer.tolerated())
    kept.push_back(each.path + ": " + each.observed + " for " + each.desired);
  EXPECT_THAT(kept, ElementsAre(HasSubstr("ours"), R"(spec.is: "1" for "1000m")"));
  api.failures.clear();
  put("old");
  execute(to_replace());
  EXPECT_THAT(writer.tolerated(), IsEmpty()) << "only what the last answer says";
}

TEST_F(DaemonSetWriterTest, AfterAnEditNothingIsTolerated) {
  put();
  api.failures.emplace(replace, http::Response{200, to_text(*api.find(path))});
  execute(to_replace());
  EXPECT_EQ(writer.tolerated().size(), 1U);
  writer.reset();
  EXPECT_THAT(writer.tolerated(), IsEmpty());
}

TEST_F(DaemonSetWriterTest, AfterABurstOfTwentyChangesOneIsMadeEachFiveSeconds) {
  put();
  int n = 0;
  ::testing::internal::CaptureStderr();
  keep_executing([&] { return to_replace(std::to_string(++n)); });
  scheduler.advance(4s);
  EXPECT_EQ(api.count(replace), 20U);
  scheduler.advance(1min);
  EXPECT_EQ(api.count(replace), 32U);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("slowing down"));
}

TEST_F(DaemonSetWriterTest, ADaemonSetThatSomebodyDeletesForEverIsNotMadeInASpin) {
  keep_executing([] { return to_create(); });
  for (int i = 0; i < 10000; ++i) {
    if (api.find(path) != nullptr) api.remove(path);
    scheduler.advance(5ms);
  }
  EXPECT_GE(api.count(create), 200U);
  EXPECT_LE(api.count(create), 230U);
}

TEST_F(DaemonSetWriterTest, WhatFailedIsNotCountedAsAChange) {
  put();
  api.failures.emplace(replace, http::Error{ErrorKind::unreachable, "connection refused"});
  keep_executing([this] { return to_replace(); });
  while (api.count(replace) < 100) scheduler.advance(100ms);
  api.failures.clear();
  scheduler.advance(1s);
  EXPECT_GE(api.count(replace), 118U) << "the burst is as it was";
}

}  // namespace
}  // namespace kip::controller
