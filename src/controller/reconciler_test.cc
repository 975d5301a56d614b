#include "controller/testing/reconciler_test.h"

#include "testing/pods.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TEST_F(ReconcilerTest, MakesTheDaemonSetWithItsOwner) {
  start();
  ASSERT_TRUE(is_there());
  EXPECT_EQ(api.find(daemonset)->at("metadata").at("ownerReferences").at(0).at("uid"), "d1");
  EXPECT_EQ(api.count(create), 1U);
}

// The messages of the log in order, without the fields.
std::string messages(const std::string& log) {
  std::string out;
  for (auto at = log.find("msg=\""); at != std::string::npos; at = log.find("msg=\"", at + 1))
    out += log.substr(at + 5, log.find('"', at + 5) - at - 5) + "\n";
  return out;
}

TEST_F(ReconcilerTest, WhatWasDoneIsOneLineThatSaysSoAndWhy) {
  ::testing::internal::CaptureStderr();
  start();
  EXPECT_EQ(messages(::testing::internal::GetCapturedStderr()),
            "there was no DaemonSet; created it\nput the images in the DaemonSet that was without "
            "them; nodes begin to pull\nno node matches NODE_SELECTOR, AFFINITY and "
            "TOLERATIONS, so nothing is cached\n");
  json edited = *api.find(daemonset);
  edited["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  ::testing::internal::CaptureStderr();
  api.put(daemonset, edited);
  scheduler.advance(1s);
  EXPECT_EQ(messages(::testing::internal::GetCapturedStderr()),
            "the DaemonSet differed from what is wanted; changed it\n");
  const auto events = api.bodies("POST /api/v1/namespaces/images/events");
  ASSERT_FALSE(events.empty());
  EXPECT_TRUE(string_at(events.back(), "/message")
                  .starts_with("the DaemonSet differed from what is wanted; changed it: spec."));
  api.remove(deployment);
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(stop(1s));
  EXPECT_EQ(messages(::testing::internal::GetCapturedStderr()),
            "the service ends for good; deleted the DaemonSet\nstopping\n");
}

TEST_F(ReconcilerTest, AfterARestartWithOtherSettingsNothingIsWarmBeforeTheyAreInTheDaemonSet) {
  start();
  json warm = *api.find(daemonset);
  warm["status"] = {
      {"desiredNumberScheduled", 2}, {"updatedNumberScheduled", 2}, {"numberReady", 2}};
  api.put(daemonset, warm);
  kill();
  settings.images[0].reference = *types::parse_image_reference("quay.io/other:1");
  ::testing::internal::CaptureStderr();
  start();
  const std::string told = messages(::testing::internal::GetCapturedStderr());
  EXPECT_EQ(told.substr(0, told.find('\n')),
            "the DaemonSet differed from what is wanted; changed it");
  EXPECT_EQ(image(), "quay.io/other:1");
}

TEST_F(ReconcilerTest, TakesOverTheOneThatIsThereWithoutAWrite) {
  start();
  reconciler.reset();
  api.requests.clear();
  start();
  EXPECT_EQ(api.count(create) + api.count(replace) + api.count(remove_it), 0U);
}

TEST_F(ReconcilerTest, ADeletedDaemonSetIsBackWithinMilliseconds) {
  start();
  for (int i = 0; i < 100; ++i) {
    api.remove(daemonset);
    EXPECT_FALSE(is_there());
    scheduler.advance(10ms);
    EXPECT_TRUE(is_there()) << i;
  }
}

TEST_F(ReconcilerTest, AHandEditIsPutBack) {
  start();
  json edited = *api.find(daemonset);
  edited["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  edited["metadata"]["labels"].erase(core::managed_by_label);
  api.put(daemonset, edited);
  scheduler.advance(10ms);
  EXPECT_EQ(image(), settings.images[0].reference.text);
  EXPECT_TRUE(api.find(daemonset)->at("metadata").at("labels").contains(core::managed_by_label));
}

TEST_F(ReconcilerTest, AStatusThatChangesCostsNoRequest) {
  start();
  api.requests.clear();
  for (int i = 0; i < 100; ++i) {
    json object = *api.find(daemonset);
    object["status"]["numberReady"] = i;
    api.put(daemonset, object);
    scheduler.advance(10ms);
  }
  EXPECT_TRUE(api.requests.empty());
}

TEST_F(ReconcilerTest, AnIdleHourCostsNoRequestBeyondWatches) {
  settings.interval = 24h;
  start();
  api.requests.clear();
  scheduler.advance(1h);
  EXPECT_LE(api.requests.size(), 10U);
}

TEST_F(ReconcilerTest, ACreateWhoseAnswerWasLostIsFoundOut) {
  api.failures.emplace(create, http::Error{ErrorKind::transient, "connection reset"});
  start();
  EXPECT_FALSE(is_there());
  api.failures.clear();
  scheduler.advance(1s);
  EXPECT_TRUE(is_there());
}

TEST_F(ReconcilerTest, WithTheRoleOfTheGoVersionAChangeIsADeleteAndACreate) {
  start();
  api.requests.clear();
  api.failures.emplace(replace, status(403, denied_by_rbac));
  api.failures.emplace(review, http::Response{201, R"({"status":{"allowed":false}})"});
  settings.images[0].reference = testing::reference("quay.io/eclipse/che-theia:7");
  reconciler->update(settings);
  scheduler.advance(5s);
  EXPECT_EQ(image(), "quay.io/eclipse/che-theia:7");
  EXPECT_EQ(api.count(remove_it), 1U);
  EXPECT_EQ(api.count(replace),
            2U);  // once to learn it, once more as a server that starts says 403 too
}

TEST_F(ReconcilerTest, AMisspelledFieldOfAffinityIsForTheServerToRefuseNotToDrop) {
  start();
  EXPECT_EQ(api.full_paths[create], collection + "?fieldValidation=Strict");
}

json a_pod_without_its_image(const std::string& node) {
  const json waiting = {{"reason", "ErrImagePull"}, {"message", "not found"}};
  return {{"metadata",
           {{"name", "pod-of-" + node},
            {"uid", node},
            {"ownerReferences",
             json::array({{{"kind", "DaemonSet"}, {"name", "kubernetes-image-puller"}}})}}},
          {"spec",
           {{"nodeName", node},
            {"containers", json::array({{{"name", "one"}, {"image", "reg/one:1"}}})}}},
          {"status",
           {{"containerStatuses",
             json::array({{{"name", "one"}, {"state", {{"waiting", waiting}}}}})}}}};
}

TEST_F(ReconcilerTest, AnImageThatFailsOnASecondNodeIsToldWithBothNodes) {
  start();
  scheduler.advance(1s);
  for (const char* node : {"node1", "node2"}) {
    api.put(pods + "/pod-of-" + node, a_pod_without_its_image(node));
    scheduler.advance(1s);
  }
  EXPECT_EQ(string_at(api.last_body, "/reason"), "ImagePullFailed");
  EXPECT_NE(string_at(api.last_body, "/message").find("on node1,node2: "), std::string::npos);
}

TEST_F(ReconcilerTest, AFullNodeIsToldWithinAMinuteThoughNothingElseHappens) {
  start();
  scheduler.advance(1s);
  json pod = testing::unschedulable_pod("node1", scheduler.wall_now());
  pod["metadata"].update(at(a_pod_without_its_image("node1"), "/metadata"));
  api.put(pods + "/pod-of-node1", pod);
  scheduler.advance(20s);
  EXPECT_NE(string_at(api.last_body, "/reason"), "PodNotRunning");
  scheduler.advance(40s);
  EXPECT_EQ(string_at(api.last_body, "/reason"), "PodNotRunning");
  EXPECT_NE(string_at(api.last_body, "/message").find("node1: Unschedulable: 0/4 nodes"),
            std::string::npos);
}

TEST_F(ReconcilerTest, WhatWasMadeAndDeletedBeforeAnyWatchToldOfItIsMadeAgain) {
  const std::string watch = "WATCH " + collection;
  api.failures.emplace(watch, testing::status(500));
  start();
  ASSERT_TRUE(is_there());
  api.remove(daemonset);
  api.failures.insert_or_assign(watch, testing::status(410));
  scheduler.advance(1s);
  api.failures.clear();
  scheduler.advance(5s);
  EXPECT_TRUE(is_there());
}

TEST_F(ReconcilerTest, ATokenThatEndsAfterAnOutageIsToldOnceMore) {
  const http::Error silence{ErrorKind::unreachable, "connection refused"};
  api.failures.emplace("GET " + collection, http::Answer(silence));
  ::testing::internal::CaptureStderr();
  start();
  scheduler.advance(10s);
  api.failures.insert_or_assign("GET " + collection, testing::status(401, "ended"));
  scheduler.advance(10min);
  const std::string log = ::testing::internal::GetCapturedStderr();
  std::size_t told = 0;
  for (auto at = log.find("cannot follow"); at != std::string::npos;
       at = log.find("cannot follow", at + 1))
    ++told;
  EXPECT_EQ(told, 2U) << log;
  EXPECT_NE(log.find("401 Unauthorized: ended"), std::string::npos);
}

TEST_F(ReconcilerTest, IsBackWithinASecondOfTheServersReturn) {
  start();
  const http::Error silence{ErrorKind::unreachable, "connection refused"};
  api.failures.emplace("GET " + collection, silence);
  api.failures.emplace("WATCH " + collection, silence);
  api.failures.emplace("GET " + deployment, silence);
  api.failures.emplace(create, silence);
  api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  scheduler.advance(5min);
  api.failures.clear();
  api.remove(daemonset);  // while nobody was watching
  api.send_line(collection, "");
  scheduler.advance(600ms);
  api.send_line(collection, to_text({{"type", "ERROR"}, {"object", {{"code", 410}}}}));
  api.end_watches(http::Response{200, ""});
  scheduler.advance(400ms);
  EXPECT_TRUE(is_there());
}

TEST_F(ReconcilerTest, AMissingDeploymentMeansNoOwnerUntilItAppears) {
  api.remove(deployment);
  start();
  ASSERT_TRUE(is_there());
  EXPECT_FALSE(has(*api.find(daemonset), "/metadata/ownerReferences"));
  api.put(deployment, a_deployment());
  scheduler.advance(10s);
  EXPECT_TRUE(has(*api.find(daemonset), "/metadata/ownerReferences"));
}

TEST_F(ReconcilerTest, ADaemonSetThatGoesWithItsDeploymentIsNotMadeAgain) {
  start();
  api.remove(deployment);
  api.remove(daemonset);  // as the garbage collector does
  scheduler.advance(30s);
  EXPECT_FALSE(is_there());
}

TEST_F(ReconcilerTest, AtItsEndItLeavesTheDaemonSetIfOnlyThePodIsReplaced) {
  start();
  EXPECT_TRUE(stop());
  EXPECT_TRUE(is_there());
}

TEST_F(ReconcilerTest, AtItsEndItDeletesTheDaemonSetIfTheDeploymentIsGone) {
  start();
  api.remove(deployment);
  EXPECT_TRUE(stop());
  EXPECT_FALSE(is_there());
}

TEST_F(ReconcilerTest, AtItsEndItDeletesTheDaemonSetIfTheDeploymentIsScaledToZero) {
  start();
  api.put(deployment, a_deployment(0));
  EXPECT_TRUE(stop());
  EXPECT_FALSE(is_there());
}

TEST_F(ReconcilerTest, AtItsEndItDeletesTheDaemonSetIfTheDeploymentIsBeingDeleted) {
  start();
  json leaving = a_deployment();
  leaving["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  api.put(deployment, leaving);
  EXPECT_TRUE(stop());
  EXPECT_FALSE(is_there());
}

TEST_F(ReconcilerTest, WithoutADeploymentItDeletesItsDaemonSetAsTheGoVersionDoes) {
  settings.deployment_name = "";
  start();
  EXPECT_TRUE(stop());
  EXPECT_FALSE(is_there());
}

TEST_F(ReconcilerTest, AtItsEndItLeavesAForeignDaemonSetAlone) {
  settings.deployment_name = "";
  api.put(
      daemonset,
      {{"spec", {{"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", json::object()}}}});
  start();
  EXPECT_TRUE(stop());
  EXPECT_TRUE(is_there());
}

TEST_F(ReconcilerTest, AtItsEndItDoesNotWaitForeverForAServerThatIsAway) {
  start();
  api.failures.emplace("GET " + deployment, http::Error{ErrorKind::unreachable, "refused"});
  EXPECT_FALSE(stop(10s));
  bool done = false;
  scheduler.advance(15s);
  done = is_there();
  EXPECT_TRUE(done);
}

TEST_F(ReconcilerTest, PodsAreFollowedOnlyAfterTheFirstWrite) {
  start();
  const auto first = [&](const std::string& what) {
    return std::find(api.requests.begin(), api.requests.end(), what) - api.requests.begin();
  };
  EXPECT_LT(first(create), first("GET " + pods));
  EXPECT_EQ(api.count("GET " + pods), 1U);
}

}  // namespace
}  // namespace kip::controller
