#include "controller/discovery.h"

#include <optional>

#include <gmock/gmock.h>

#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeApi;
using testing::FakeScheduler;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string list_path = "/api/v1/namespaces/images/configmaps/puller-discovered";

class DiscoveryTest : public ::testing::Test {
 protected:
  DiscoveryTest() {
    scheduler.set_wall_start(testing::noon());
    api.put("/apis/apps/v1/namespaces/images/deployments/kip", json::parse(R"({"spec":
        {"replicas": 0}})"));
  }
  void start(Environment more = {}) {
    Environment environment = {{"DEPLOYMENT_NAME", "kip"},
                               {"DAEMONSET_NAME", "puller"},
                               {"DISCOVER_NAMESPACES", "*"},
                               {"DISCOVER_IGNORE_NAMESPACES", "kube-system"}};
    for (auto& [name, value] : more) environment[name] = value;
    auto reading = config::read_settings(environment, "images");
    ASSERT_TRUE(reading.settings);
    settings = *reading.settings;
    changes = 0;
    source.emplace(api, scheduler, settings);
    source->start([this] { ++changes; });
    scheduler.advance(1s);
  }
  static json workload(const std::string& image, int replicas = 1) {
    return {{"metadata", {{"generation", 1}}},
            {"spec",
             {{"replicas", replicas},
              {"template", {{"spec", {{"containers", {{{"image", image}}}}}}}}}},
            {"status", {{"observedGeneration", 1}, {"updatedReplicas", replicas}}}};
  }
  static std::string path(const std::string& name, const std::string& space = "shop") {
    return "/apis/apps/v1/namespaces/" + space + "/deployments/" + name;
  }
  void put_pod(const std::string& name, const std::string& image, json labels = json::object()) {
    api.put("/api/v1/namespaces/shop/pods/" + name,
            {{"metadata", {{"labels", std::move(labels)}}},
             {"spec", {{"containers", {{{"image", image}}}}}}});
  }
  void lose_sight_of_pods() {
    api.failures.emplace("GET /api/v1/pods", http::Error{ErrorKind::unreachable, "gone"});
    api.send_line("/api/v1/pods",
                  R"({"type": "ERROR", "object": {"code": 410, "reason": "Expired"}})");
  }
  std::vector<std::string> images() const {
    std::vector<std::string> texts;
    for (const auto& image : source->images()) texts.push_back(image.reference.text);
    return texts;
  }
  json stored() const {
    const json* const object = api.find(list_path);
    return object == nullptr ? json() : parse_json(string_at(*object, "/data/images.json"));
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  config::Settings settings;
  std::optional<Discovery> source;
  int changes = 0;
};

TEST_F(DiscoveryTest, FindsImagesOfTemplatesBeforeThereArePods) {
  api.put(path("front"), workload("a:1", 0));
  start();
  EXPECT_TRUE(source->is_known());
  EXPECT_THAT(images(), ElementsAre("a:1"));
  EXPECT_EQ(changes, 1);
}

TEST_F(DiscoveryTest, IsKnownWithoutAnyWorkload) {
  start();
  EXPECT_TRUE(source->is_known());
  EXPECT_EQ(changes, 1);
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, AsksTheClusterAConstantNumberOfTimes) {
  for (int i = 0; i < 15; ++i) {
    const std::string n = std::to_string(i);
    api.put("/apis/apps/v1/namespaces/team-" + n + "/deployments/d", workload("a:" + n));
  }
  start({{"DISCOVER_SELECTOR", "tier in (web)"}});
  EXPECT_EQ(images().size(), 15U);
  EXPECT_EQ(api.watch_paths.size(), 7U);
  EXPECT_EQ(api.requests.size(), 7U + 2U + 1U) << "a list of each kind; its own list; its owner";
  for (const auto& path : api.watch_paths)
    EXPECT_THAT(path, HasSubstr("fieldSelector=metadata.namespace%21%3Dkube-system&labelSelector="
                                "tier%20in%20%28web%29"));
}

TEST_F(DiscoveryTest, FollowsFewNamespacesByNameAndOnesThatAreNotYetThere) {
  api.put(path("front"), workload("a:1"));
  api.put(path("other", "other"), workload("b:1"));
  start({{"DISCOVER_NAMESPACES", "shop later"}});
  EXPECT_THAT(images(), ElementsAre("a:1"));
  EXPECT_EQ(api.watch_paths.size(), 14U);
  api.put(path("new", "later"), workload("c:1"));
  scheduler.advance(31s);
  EXPECT_THAT(images(), ElementsAre("a:1", "c:1"));
}

TEST_F(DiscoveryTest, PassesByIgnoredNamespacesAndWhatPullersHold) {
  api.put(path("front", "kube-system"), workload("a:1"));
  put_pod("holds", "b:1", {{"app.kubernetes.io/managed-by", "kubernetes-image-puller"}});
  put_pod("go", "c:1", {{"test", "daemonset-test"}});
  start();
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, GathersABurstAndTakesARolloutAtOnce) {
  start();
  api.put(path("one"), workload("a:1"));
  scheduler.advance(10s);
  api.put(path("two"), workload("b:1"));
  scheduler.advance(19s);
  EXPECT_THAT(images(), IsEmpty());
  scheduler.advance(2s);
  EXPECT_THAT(images(), ElementsAre("a:1", "b:1"));
  EXPECT_EQ(changes, 2);
  scheduler.advance(5s);
  json rolling = workload("a:2");
  rolling["metadata"]["generation"] = 2;
  api.put(path("one"), rolling);
  scheduler.advance(1ms);
  EXPECT_THAT(images(), Contains("a:2"));
  EXPECT_EQ(changes, 3);
}

TEST_F(DiscoveryTest, TakesARolloutAtOnceAlsoWhereItIsNotTheFirstToShowTheImage) {
  start();
  api.put(path("front"), workload("a:1", 0));
  scheduler.advance(2s);
  EXPECT_THAT(images(), IsEmpty());
  json scaled = workload("a:1", 3);
  scaled["metadata"]["generation"] = 2;
  api.put(path("front"), scaled);
  scheduler.advance(1ms);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  scheduler.advance(5s);
  put_pod("db-0", "b:1");
  scheduler.advance(1ms);
  json rolling = workload("b:1");
  rolling["metadata"]["generation"] = 2;
  api.put("/apis/apps/v1/namespaces/shop/statefulsets/db", rolling);
  scheduler.advance(1ms);
  EXPECT_THAT(images(), Contains("b:1"));
}

TEST_F(DiscoveryTest, ForgetsAnImageSomeTimeAfterItsLastWorkload) {
  api.put(path("front"), workload("a:1"));
  start({{"DISCOVER_FORGET_AFTER", "1h"}});
  api.remove(path("front"));
  scheduler.advance(59min);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  EXPECT_TRUE(has(stored()["images"][0], "/unusedSince"));
  scheduler.advance(2min);
  EXPECT_THAT(images(), IsEmpty());
  EXPECT_THAT(stored()["images"], IsEmpty());
}

TEST_F(DiscoveryTest, ForgetsNothingOverARestartAndIsKnownAtOnce) {
  api.put(path("front"), workload("a:1"));
  api.put(path("back"), workload("b:1"));
  start({{"DISCOVER_FORGET_AFTER", "1h"}});
  api.remove(path("front"));
  scheduler.advance(31s);
  source.reset();
  api.failures.emplace("GET /api/v1/pods", testing::status(500));
  start({{"DISCOVER_FORGET_AFTER", "1h"}});
  EXPECT_TRUE(source->is_known()) << "before anything is listed";
  EXPECT_THAT(images(), ElementsAre("a:1", "b:1"));
  api.failures.clear();
  scheduler.advance(58min);
  EXPECT_THAT(images(), ElementsAre("a:1", "b:1"));
  scheduler.advance(2min);
  EXPECT_THAT(images(), ElementsAre("b:1")) << "the time before the restart counts";
}

TEST_F(DiscoveryTest, WritesItsListOnlyWhenItSaysSomethingNew) {
  api.put(path("front"), workload("a:1"));
  start();
  const std::string create = "POST /api/v1/namespaces/images/configmaps";
  EXPECT_EQ(api.count(create), 1U);
  EXPECT_EQ(array_at(*api.find(list_path), "/metadata/ownerReferences")[0]["name"], "kip");
  for (int i = 0; i < 5; ++i) {
    put_pod("p" + std::to_string(i), "a:1");
    scheduler.advance(1min);
  }
  EXPECT_EQ(api.count(create), 1U);
  EXPECT_EQ(api.count("PUT " + list_path), 0U);
  api.put(path("back"), workload("b:1"));
  scheduler.advance(1min);
  EXPECT_EQ(api.count("PUT " + list_path), 1U);
}

TEST_F(DiscoveryTest, MakesAListAnewThatSomebodyBroke) {
  api.put(path("front"), workload("a:1"));
  api.put(list_path, {{"data", {{"images.json", "oops"}}}});
  ::testing::internal::CaptureStderr();
  start();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("cannot be read; making it anew"));
  EXPECT_THAT(images(), ElementsAre("a:1"));
  EXPECT_EQ(stored()["images"][0]["image"], "a:1");
}

TEST_F(DiscoveryTest, WritesOverAListThatWasChangedMeanwhile) {
  start();
  api.put(list_path, {{"data", {{"images.json", "oops"}}}});
  api.put(path("front"), workload("a:1"));
  scheduler.advance(1min);
  EXPECT_EQ(stored()["images"][0]["image"], "a:1");
  api.remove(list_path);
  api.put(path("back"), workload("b:1"));
  scheduler.advance(1min);
  EXPECT_EQ(stored()["images"].size(), 2U);
}

TEST_F(DiscoveryTest, DropsWhatOtherSettingsHadFound) {
  api.put(path("front"), workload("a:1"));
  api.put(path("other", "other"), workload("b:1"));
  start();
  EXPECT_EQ(images().size(), 2U);
  source.reset();
  start({{"DISCOVER_IGNORE_NAMESPACES", "other"}});
  EXPECT_THAT(images(), ElementsAre("a:1"));
  source.reset();
  start({{"DISCOVER_EXCLUDE", "a"}, {"DISCOVER_IGNORE_NAMESPACES", "other"}});
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, DoesNotAgeImagesWhileTheServerIsAway) {
  api.put(path("front"), workload("a:1"));
  start({{"DISCOVER_FORGET_AFTER", "1h"}});
  api.remove(path("front"));
  scheduler.advance(30min);
  for (const char* list : {"GET /api/v1/pods", "GET /apis/apps/v1/deployments"})
    api.failures.emplace(list, http::Error{ErrorKind::unreachable, "gone"});
  api.end_watches(http::Error{ErrorKind::unreachable, "gone"});
  scheduler.advance(2h);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  api.failures.clear();
  scheduler.advance(20min);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  scheduler.advance(15min);
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, AgesAnImageThatWasUnusedWhileAKindWasNotSeenFromThenOn) {
  api.put(path("front"), workload("a:1"));
  start({{"DISCOVER_FORGET_AFTER", "1h"}});
  lose_sight_of_pods();
  scheduler.advance(2h);
  api.remove(path("front"));
  scheduler.advance(1h);
  api.failures.clear();
  scheduler.advance(50min);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  scheduler.advance(20min);
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, DoesNotAgeImagesByTimeInWhichItSawNothingBeforeARestart) {
  api.put(path("front"), workload("a:1"));
  start({{"DISCOVER_FORGET_AFTER", "7d"}});
  api.remove(path("front"));
  scheduler.advance(24h);
  ::testing::internal::CaptureStderr();
  lose_sight_of_pods();
  scheduler.advance(8 * 24h);
  ::testing::internal::GetCapturedStderr();
  source.reset();
  api.failures.clear();
  start({{"DISCOVER_FORGET_AFTER", "7d"}});
  EXPECT_THAT(images(), ElementsAre("a:1"));
  scheduler.advance(5 * 24h);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  scheduler.advance(25h);
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, SeesWhatChangedWhileAWatchWasGone) {
  api.put(path("front"), workload("a:1"));
  start();
  api.put_quietly(path("front"), workload("a:2"));
  api.send_line("/apis/apps/v1/deployments",
                R"({"type": "ERROR", "object": {"code": 410, "reason": "Expired"}})");
  scheduler.advance(1min);
  EXPECT_THAT(images(), ElementsAre("a:2", "a:1")) << "what is in use first";
}

TEST_F(DiscoveryTest, GoesOnWithoutAKindThatItMayNotReadAndSaysSoOnce) {
  api.put(path("front"), workload("a:1"));
  api.failures.emplace("GET /apis/batch/v1/jobs", testing::status(403));
  ::testing::internal::CaptureStderr();
  start({{"DISCOVER_FORGET_AFTER", "1h"}});
  scheduler.advance(3h);
  const std::string log = ::testing::internal::GetCapturedStderr();
  const auto told = log.find("may not list and watch a kind of workload");
  ASSERT_NE(told, std::string::npos);
  EXPECT_EQ(log.find("may not list and watch a kind", told + 1), std::string::npos);
  EXPECT_THAT(log,
              HasSubstr("apiGroups: [\\\"batch\\\"], resources: [jobs], verbs: [list, watch]"));
  EXPECT_TRUE(source->is_known());
  EXPECT_THAT(images(), ElementsAre("a:1"));
  api.remove(path("front"));
  scheduler.advance(3h);
  EXPECT_THAT(images(), ElementsAre("a:1")) << "a Job may have it";
}

TEST_F(DiscoveryTest, KnowsWithinSecondsThatItMayReadNothing) {
  for (const char* plural : {"/api/v1/pods", "/apis/apps/v1/deployments", "/apis/batch/v1/cronjobs",
                             "/apis/apps/v1/statefulsets", "/apis/apps/v1/daemonsets",
                             "/apis/apps/v1/replicasets", "/apis/batch/v1/jobs"})
    api.failures.emplace(std::string("GET ") + plural, testing::status(403));
  ::testing::internal::CaptureStderr();
  start();
  scheduler.advance(7s);
  ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(source->is_known());
}

TEST_F(DiscoveryTest, DropsAllWhereAllIsIgnored) {
  api.put(path("front"), workload("a:1"));
  start({{"DISCOVER_NAMESPACES", "shop"}});
  EXPECT_EQ(images().size(), 1U);
  source.reset();
  start({{"DISCOVER_NAMESPACES", "shop"}, {"DISCOVER_IGNORE_NAMESPACES", "shop"}});
  EXPECT_TRUE(source->is_known());
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(DiscoveryTest, GoesOnWithoutAKindThatTheClusterDoesNotHave) {
  api.put(path("front"), workload("a:1"));
  ::testing::internal::CaptureStderr();
  start({{"DISCOVER_KINDS", "argoproj.io/v1/rollouts:.spec.template"},
         {"DISCOVER_FORGET_AFTER", "1h"}});
  EXPECT_TRUE(source->is_known());
  api.remove(path("front"));
  scheduler.advance(2h);
  EXPECT_THAT(images(), IsEmpty());
  const std::string log = ::testing::internal::GetCapturedStderr();
  const std::string told = "the cluster has no such kind of workload";
  EXPECT_THAT(log, HasSubstr(told));
  EXPECT_EQ(log.find(told), log.rfind(told)) << "once, and not at each try";
}

TEST_F(DiscoveryTest, WorksWithoutTheRightToKeepItsList) {
  api.put(path("front"), workload("a:1"));
  api.failures.emplace("GET " + list_path, testing::status(403));
  ::testing::internal::CaptureStderr();
  start();
  scheduler.advance(1min);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("may not keep the list of discovered images"));
  EXPECT_TRUE(source->is_known());
  EXPECT_THAT(images(), ElementsAre("a:1"));
}

TEST_F(DiscoveryTest, WhatIsRefusedOnceIsNotAllThatIsEverWritten) {
  api.put(path("front"), workload("a:1"));
  start();
  const std::string write = "PUT " + list_path;
  api.failures.emplace(write, testing::status(422, "too long"));
  api.put(path("back"), workload("b:1"));
  scheduler.advance(1min);
  api.put(path("more"), workload("c:1"));
  scheduler.advance(5min);
  EXPECT_THAT(to_text(api.bodies(write).back()), HasSubstr("c:1"));
  EXPECT_LT(api.bodies(write).size(), 40U);
}

TEST_F(DiscoveryTest, AListThatIsLongerThanTheLimitIsNotTakenBeforeAllIsSeen) {
  for (int i = 0; i < 3; ++i)
    api.put(path("d" + std::to_string(i)), workload("a:" + std::to_string(i)));
  start();
  EXPECT_EQ(images().size(), 3U);
  source.reset();
  api.failures.emplace("GET /api/v1/pods", testing::status(500));
  start({{"DISCOVER_MAX_IMAGES", "1"}});
  EXPECT_FALSE(source->is_known());
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_TRUE(source->is_known());
  EXPECT_EQ(images().size(), 1U);
}

TEST_F(DiscoveryTest, NamesWhatALimitLeavesOut) {
  put_pod("p1", "a:1");
  put_pod("p2", "a:1");
  api.put(path("back"), workload("b:1"));
  ::testing::internal::CaptureStderr();
  start({{"DISCOVER_MAX_IMAGES", "1"}});
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("leaving out the least used"));
  EXPECT_THAT(log, HasSubstr("b:1"));
  EXPECT_THAT(images(), ElementsAre("a:1"));
  for (int i = 0; i < 5; ++i) put_pod("b" + std::to_string(i), "b:1");
  scheduler.advance(31s);
  EXPECT_THAT(images(), ElementsAre("b:1"));
}

TEST_F(DiscoveryTest, PlacesImagesWhereTheirWorkloadsMayRun) {
  json front = workload("a:1");
  front["spec"]["template"]["spec"]["nodeSelector"] = {{"disk", "ssd"}};
  api.put(path("front"), front);
  start({{"DISCOVER_PLACEMENT", "matching"}});
  ASSERT_EQ(source->images().size(), 1U);
  ASSERT_TRUE(source->images()[0].placement);
  EXPECT_EQ(source->images()[0].placement->node_selector, json({{"disk", "ssd"}}));
  const auto before = source->images();
  source.reset();
  start({{"DISCOVER_PLACEMENT", "matching"}});
  EXPECT_EQ(source->images(), before);
}

}  // namespace
}  // namespace kip::controller
