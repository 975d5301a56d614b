// The first creation: tables over core::plan.
#include "core/first_pull.h"

#include <functional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/names.h"
#include "core/plan.h"
#include "core/rollout.h"
#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using Kind = Action::Kind;
using types::NodeCount;

struct Counts {
  int nodes, ready, with_pod;
};

// A puller that keeps two images on more nodes than may pull at once.
class FirstPullTest : public ::testing::Test {
 protected:
  FirstPullTest() {
    settings.max_nodes_pulling = 2;
    seen.facts.own_image = "registry.test/kip:1";
  }

  // Their registry told them an hour after noon.
  void know_digests() {
    settings.refresh = config::Refresh::digest_changed;
    for (const auto& image : settings.images)
      tags.states[image.reference.text] = {TagState::Kind::known, "sha256:1", "", noon(),
                                           noon() + 1h};
    seen.tags = &tags;
    seen.pods = &pods;
  }
  Plan plan(WallTime now) {
    sleepers.see(daemonset, now);
    seen.sleeping_since = sleepers.since();
    seen.daemonset = &daemonset;
    return core::plan(settings, seen, now);
  }
  // As the API server answers.
  void carry_out(const Plan& plan) {
    ASSERT_TRUE(plan.action.kind == Kind::create || plan.action.kind == Kind::replace)
        << plan.finding.reason;
    const json before = std::exchange(daemonset, plan.action.object);
    daemonset["metadata"]["uid"] = "u1";
    daemonset["metadata"]["creationTimestamp"] = to_rfc3339(noon());
    daemonset["metadata"]["generation"] = int_at(before, "/metadata/generation") + 1;
    daemonset["status"] = at(before, "/status");
    ++seen.spec_revision;
  }
  void begin(Counts counts) {
    carry_out(plan(noon()));
    set(counts);
  }
  // As the DaemonSet controller has it.
  void set(Counts counts) {
    daemonset["status"] = {{"observedGeneration", int_at(daemonset, "/metadata/generation")},
                           {"desiredNumberScheduled", counts.nodes},
                           {"currentNumberScheduled", counts.with_pod},
                           {"numberReady", counts.ready},
                           {"numberAvailable", counts.ready},
                           {"updatedNumberScheduled", counts.with_pod}};
  }
  std::string containers() const {
    std::string text;
    for (const auto& each : array_at(daemonset, "/spec/template/spec/containers"))
      text += string_at(each, "/name") + "=" + string_at(each, "/image") + ":" +
              string_at(each, "/imagePullPolicy") + " ";
    return text;
  }
  void expect_all_images() const {
    EXPECT_EQ(containers(),
              "theia=quay.io/eclipse/che-theia:next:Always ubi=registry.test/ubi8:8.10:Always ");
    EXPECT_FALSE(is_asleep(daemonset));
    EXPECT_FALSE(object_at(daemonset, "/metadata/annotations").contains(first_pull_mark));
    const json& rolling = at(daemonset, "/spec/updateStrategy/rollingUpdate");
    EXPECT_EQ(rolling.at("maxUnavailable"), 0);
    EXPECT_EQ(NodeCount::from_json(rolling.at("maxSurge")), settings.max_nodes_pulling);
  }

  config::Settings settings = some_settings();
  Observed seen;
  Tags tags;
  const Pods pods;
  Sleepers sleepers;
  json daemonset;
};

TEST_F(FirstPullTest, ADaemonSetBeginsWithOneSleepingContainerInTheImageThatSleepIsTakenFrom) {
  const Plan p = plan(noon());
  EXPECT_EQ(p.finding.reason, "Absent");
  EXPECT_EQ(p.finding.detail,
            "without the images at first, so that no more than 2 nodes pull at once");
  EXPECT_EQ(p.action.kind, Kind::create);
  carry_out(p);
  EXPECT_TRUE(is_asleep(daemonset));
  EXPECT_EQ(containers(), "sleep=registry.test/kip:1:Always ");
  const json& spec = at(daemonset, "/spec/template/spec");
  const json& resources = spec.at("containers").at(0).at("resources");
  EXPECT_EQ(resources.at("requests"), json({{"cpu", "0"}, {"memory", "0"}}));
  EXPECT_EQ(resources.at("limits"), json({{"cpu", "200m"}, {"memory", "20Mi"}}));
  EXPECT_EQ(spec.at("initContainers").at(0).at("name"), "copy-sleep");
}

TEST_F(FirstPullTest, ItIsMadeWithTheImagesWhereAllItsNodesMayPullAtOnce) {
  const auto begins_with = [&](NodeCount max, std::optional<std::size_t> nodes) {
    settings.max_nodes_pulling = max;
    seen.nodes_before = nodes;
    carry_out(plan(noon()));
    const std::size_t count = array_at(daemonset, "/spec/template/spec/containers").size();
    daemonset = nullptr;
    return count == 2 ? "images" : "sleep";
  };
  const auto percent = [](const char* text) { return *NodeCount::parse(text); };
  EXPECT_STREQ(begins_with(50, {}), "sleep");
  EXPECT_STREQ(begins_with(50, 50), "images");
  EXPECT_STREQ(begins_with(50, 51), "sleep");
  EXPECT_STREQ(begins_with(1, 0), "images");
  EXPECT_STREQ(begins_with(percent("10%"), {}), "sleep");
  EXPECT_STREQ(begins_with(percent("10%"), 1), "images");
  EXPECT_STREQ(begins_with(percent("10%"), 2), "sleep");
  EXPECT_STREQ(begins_with(percent("99%"), {}), "sleep");
  EXPECT_STREQ(begins_with(percent("100%"), {}), "images");
  EXPECT_STREQ(begins_with(percent("100%"), 5000), "images");
  EXPECT_STREQ(begins_with(2000000, {}), "images");
}

TEST_F(FirstPullTest, UntilItsNumberOfNodesIsKnownNothingIsDone) {
  carry_out(plan(noon()));
  daemonset["status"] = {{"desiredNumberScheduled", 0}};  // as the API server makes it
  for (const auto later : {0s, 59s, 3600s}) {
    const Plan p = plan(noon() + later);
    EXPECT_EQ(p.finding.reason, "FirstPullWaits");
    EXPECT_EQ(p.action.kind, Kind::none);
  }
}

TEST_F(FirstPullTest, WhereAllMayPullAtOnceTheImagesGoInAtOnceThoughNoNodeRunsAnything) {
  for (const int nodes : {0, 1, 2}) {
    daemonset = nullptr;
    begin({nodes, 0, nodes});
    const Plan p = plan(noon() + 1s);
    EXPECT_EQ(p.finding.reason, "FirstPull");
    carry_out(p);
    expect_all_images();
  }
}

TEST_F(FirstPullTest, OtherwiseWhenAllNodesRunTheSleepingContainer) {
  begin({3, 2, 3});
  const Plan waits = plan(noon() + 1s);
  EXPECT_EQ(waits.finding.reason, "FirstPullWaits");
  EXPECT_EQ(waits.finding.detail, "2 of 3 nodes run it");
  EXPECT_EQ(waits.action.kind, Kind::none);
  set({3, 3, 3});
  const Plan p = plan(noon() + 2s);
  EXPECT_EQ(p.finding.reason, "FirstPull");
  EXPECT_EQ(p.finding.detail, "3 nodes, 2 at a time");
  carry_out(p);
  expect_all_images();
  EXPECT_EQ(plan(noon() + 3s).finding.reason, "Steady");
}

TEST_F(FirstPullTest, APercentageIsOfTheNodesThatAreThere) {
  settings.max_nodes_pulling = *NodeCount::parse("10%");
  begin({11, 0, 11});
  EXPECT_EQ(plan(noon() + 1s).finding.reason, "FirstPullWaits");
  set({11, 11, 11});
  const Plan p = plan(noon() + 1s);
  EXPECT_EQ(p.finding.detail, "11 nodes, 2 at a time");
  carry_out(p);
  expect_all_images();
}

TEST_F(FirstPullTest, NodesThatFailAreNotWaitedForLongerThanAMinuteAfterTheLastOneThatCame) {
  begin({100, 40, 100});
  plan(noon() + 10s);
  set({100, 98, 100});
  EXPECT_EQ(plan(noon() + 50s).requeue_at, noon() + 110s);
  EXPECT_EQ(plan(noon() + 109s).action.kind, Kind::none);
  const Plan p = plan(noon() + 110s);
  EXPECT_EQ(p.finding.reason, "FirstPull");
  EXPECT_EQ(p.finding.detail, "98 of 100 nodes run it, 2 at a time");
  carry_out(p);
  expect_all_images();
}

TEST_F(FirstPullTest, NodesThatJoinOneAfterAnotherDoNotHoldItUp) {
  begin({100, 98, 100});
  plan(noon());
  set({101, 98, 101});
  EXPECT_EQ(plan(noon() + 30s).action.kind, Kind::none);
  set({101, 99, 101});
  EXPECT_EQ(plan(noon() + 59s).action.kind, Kind::none);
  EXPECT_EQ(plan(noon() + 60s).finding.reason, "FirstPull");
}

// Kubernetes gives the images at once to all nodes that do not run the sleeping container.
TEST_F(FirstPullTest, WhereMoreNodesFailThanMayPullAtOnceThereIsMorePatience) {
  begin({100, 97, 100});
  EXPECT_FALSE(plan(noon()).finding.is_warning);
  const Plan slow = plan(noon() + 1min);
  EXPECT_EQ(slow.finding.reason, "FirstPullWaits");
  EXPECT_TRUE(slow.finding.is_warning);
  EXPECT_EQ(slow.requeue_at, noon() + 5min);
  EXPECT_EQ(plan(noon() + 5min - 1s).action.kind, Kind::none);
  EXPECT_EQ(plan(noon() + 5min).finding.reason, "FirstPull");
}

TEST_F(FirstPullTest, WhileNoNodeRunsTheSleepingContainerNoneCouldRunTheImages) {
  begin({100, 0, 100});
  plan(noon());
  const Plan p = plan(noon() + 24h);
  EXPECT_EQ(p.finding.reason, "FirstPullWaits");
  EXPECT_TRUE(p.finding.is_warning);
  EXPECT_EQ(p.requeue_at, std::nullopt);
}

TEST_F(FirstPullTest, WhereTheSleepingPodsThemselvesAreRefusedTheyAskForRoomAndThenTheImagesGoIn) {
  begin({100, 0, 0});
  plan(noon());
  EXPECT_EQ(plan(noon() + 59s).action.kind, Kind::none);
  const Plan asks = plan(noon() + 60s);  // a LimitRange may want requests
  EXPECT_EQ(asks.finding.reason, "FirstPullWaits");
  carry_out(asks);
  EXPECT_TRUE(is_asleep(daemonset) && asks_for_room(daemonset));
  set({100, 0, 0});
  EXPECT_EQ(plan(noon() + 61s).action.kind, Kind::none) << plan(noon() + 61s).finding.detail;
  EXPECT_EQ(plan(noon() + 120s).action.kind, Kind::none);
  const Plan p = plan(noon() + 121s);
  EXPECT_EQ(p.finding.reason, "FirstPull");
  EXPECT_EQ(p.finding.detail, "0 of 100 nodes run it; on all nodes at once");
}

TEST_F(FirstPullTest, SleepingPodsThatAskForRoomAreWaitedForAsAnyOther) {
  begin({100, 0, 0});
  plan(noon());
  carry_out(plan(noon() + 60s));
  set({100, 100, 100});
  const Plan p = plan(noon() + 65s);
  EXPECT_EQ(p.finding.reason, "FirstPull");
  carry_out(p);
  expect_all_images();
}

TEST_F(FirstPullTest, ARestartOfOursGoesOnFromTheObjectAndHasPatienceAnew) {
  begin({100, 99, 100});
  plan(noon());
  sleepers = {};
  EXPECT_EQ(plan(noon() + 50s).finding.reason, "FirstPullWaits");
  EXPECT_EQ(plan(noon() + 109s).action.kind, Kind::none);
  EXPECT_EQ(plan(noon() + 110s).finding.reason, "FirstPull");
}

TEST_F(FirstPullTest, AClockThatIsSetBackKeepsItForNoLonger) {
  begin({100, 99, 100});
  plan(noon());
  plan(noon() - 24h);
  EXPECT_EQ(plan(noon() - 24h + 1min).finding.reason, "FirstPull");
}

TEST_F(FirstPullTest, ALimitThatIsRaisedInTheMeantimePutsTheImagesIn) {
  begin({100, 10, 100});
  settings.max_nodes_pulling = 100;
  carry_out(plan(noon() + 1s));
  expect_all_images();
  daemonset = nullptr;
  settings.max_nodes_pulling = 2;
  carry_out(plan(noon()));
  settings.max_nodes_pulling = *NodeCount::parse("100%");
  carry_out(plan(noon() + 1s));  // also where the number of nodes is not known yet
  expect_all_images();
}

TEST_F(FirstPullTest, OtherImagesInTheMeantimeChangeNothingBeforeTheyGoIn) {
  begin({3, 2, 3});
  settings.images.pop_back();
  EXPECT_EQ(plan(noon() + 1s).action.kind, Kind::none);
  set({3, 3, 3});
  carry_out(plan(noon() + 2s));
  EXPECT_EQ(containers(), "theia=quay.io/eclipse/che-theia:next:Always ");
}

TEST_F(FirstPullTest, OtherNodesInTheMeantimeGetTheSleepingContainerFirstToo) {
  begin({3, 2, 3});
  settings.node_selector = {{"pool", "large"}};
  const Plan p = plan(noon() + 30s);
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_EQ(p.action.kind, Kind::replace);
  carry_out(p);
  EXPECT_TRUE(is_asleep(daemonset));
  set({100, 99, 100});
  EXPECT_EQ(plan(noon() + 60s).finding.reason, "FirstPullWaits") << "it has a minute of its own";
  set({100, 100, 100});
  EXPECT_EQ(plan(noon() + 61s).finding.reason, "FirstPull");
}

TEST_F(FirstPullTest, AHandEditInTheMeantimeIsPutBack) {
  begin({3, 2, 3});
  const json before = at(daemonset, "/spec");
  daemonset["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  const Plan p = plan(noon() + 1s);
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_EQ(at(p.action.object, "/spec"), before);
  EXPECT_TRUE(is_asleep(p.action.object));
}

TEST_F(FirstPullTest, WhoTakesTheMarkAwayHasTheImagesPutIn) {
  begin({3, 2, 3});
  const Plan before = plan(noon() + 1s);
  EXPECT_FALSE(before.spec_as_wanted);
  EXPECT_FALSE(before.checked_images);
  daemonset["metadata"]["annotations"].erase(first_pull_mark);
  const Plan p = plan(noon() + 1s);
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_EQ(array_at(p.action.object, "/spec/template/spec/containers").size(), 2U);
}

TEST_F(FirstPullTest, TheMarkOnADaemonSetThatHasItsImagesMeansNothing) {
  seen.nodes_before = 2;
  carry_out(plan(noon()));
  set({2, 2, 2});
  mark_as_asleep(daemonset);
  EXPECT_EQ(plan(noon() + 1s).finding.reason, "Steady");
}

TEST_F(FirstPullTest, ItsOwnerIsPutBackWhileItWaits) {
  begin({3, 2, 3});
  seen.facts.owner = OwnerReference{"kip", "d1"};
  seen.owner = OwnerState::present;
  const Plan p = plan(noon() + 1s);
  EXPECT_EQ(p.finding.reason, "Differs");
  carry_out(p);
  EXPECT_TRUE(is_asleep(daemonset));
}

TEST_F(FirstPullTest, NothingIsRefreshedOrRecordedWhileItWaits) {
  know_digests();
  begin({3, 2, 3});
  EXPECT_EQ(plan(noon() + 30s).finding.reason, "FirstPullWaits");
  set({3, 0, 3});
  EXPECT_EQ(plan(noon() + 24h).finding.reason, "FirstPullWaits");
}

// Digests that were told while the sleeping containers started are what nodes pull after it.
TEST_F(FirstPullTest, DigestsAreRecordedAfterItWithoutAnotherPod) {
  know_digests();
  begin({3, 3, 3});
  carry_out(plan(noon() + 10min));
  set({3, 3, 3});
  const json pulled = at(daemonset, "/spec/template");
  const Plan p = plan(noon() + 11min);
  EXPECT_EQ(p.finding.reason, "DigestsKnown");
  EXPECT_EQ(at(p.action.object, "/spec/template"), pulled);
  carry_out(p);
  EXPECT_FALSE(
      object_at(daemonset, "/metadata/annotations").contains("image.che.eclipse.org/sleep"));
  EXPECT_EQ(plan(noon() + 48h).finding.reason, "Steady");
}

TEST_F(FirstPullTest, TheIntervalCountsFromWhenTheImagesWentIn) {
  begin({3, 0, 3});
  plan(noon());
  set({3, 3, 3});
  carry_out(plan(noon() + 3h));
  set({3, 3, 3});
  EXPECT_EQ(plan(noon() + 3h + 50min).finding.reason, "Steady");
  EXPECT_EQ(plan(noon() + 3h + 67min).finding.reason, "Refresh");
}

TEST_F(FirstPullTest, ARolloutRestartWhileItWaitsIsRespected) {
  begin({3, 2, 3});
  daemonset["spec"]["template"]["metadata"]["annotations"][restarted_at] = "2026-01-31T13:10:00Z";
  EXPECT_EQ(plan(noon() + 1s).finding.reason, "FirstPullWaits");
  set({3, 3, 3});
  EXPECT_EQ(object_at(plan(noon() + 1s).action.object, "/spec/template/metadata/annotations")
                .value(restarted_at, ""),
            "2026-01-31T13:10:00Z");
}

TEST_F(FirstPullTest, WithoutTheRightToUpdateItIsMadeAnewInOneStep) {
  begin({3, 2, 3});
  seen.may_update = false;
  const Plan p = plan(noon() + 1s);
  EXPECT_EQ(p.finding.reason, "FirstPull");
  EXPECT_EQ(p.action.kind, Kind::remove);
  EXPECT_EQ(array_at(p.action.object, "/spec/template/spec/containers").size(), 2U);
  daemonset = nullptr;
  carry_out(plan(noon() + 2s));
  expect_all_images();
}

TEST_F(FirstPullTest, ARefreshByRecreateIsLimitedInTheSameWay) {
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  begin({3, 3, 3});
  carry_out(plan(noon()));
  set({3, 3, 3});
  EXPECT_EQ(plan(noon() + 2h).action.kind, Kind::remove);
  daemonset = nullptr;
  seen.nodes_before = 3;
  carry_out(plan(noon() + 2h));
  EXPECT_TRUE(is_asleep(daemonset));
}

TEST_F(FirstPullTest, WhatIsRefusedLeavesTheSleepingContainerThere) {
  begin({3, 3, 3});
  seen.refused = {"images must come from registry.test", noon() + 30s, Kind::replace};
  EXPECT_EQ(plan(noon() + 1s).finding.reason, "Refused");
  EXPECT_EQ(plan(noon() + 30s).action.kind, Kind::replace);
}

TEST_F(FirstPullTest, WhileItWaitsNoNodeIsWarm) {
  begin({3, 3, 3});
  EXPECT_EQ(rollout(daemonset, 0).warm(), 0);
  EXPECT_FALSE(rollout(daemonset, 0).is_warm());
  EXPECT_FALSE(rollout(daemonset, 0).is_rolled_out());
  set({0, 0, 0});
  EXPECT_FALSE(rollout(daemonset, 0).is_warm());
}

// Every later change of the template is one that Kubernetes limits by maxSurge.
TEST_F(FirstPullTest, AnyLaterChangeIsARollingOneOfTheSameDaemonSet) {
  seen.nodes_before = 2;
  carry_out(plan(noon()));
  set({100, 100, 100});
  const json before = daemonset;
  const config::Settings settings_before = settings;
  const std::vector<std::function<void()>> edits = {
      [&] {
        settings.images.push_back({"more", reference("registry.test/more:1")});
      },
      [&] { settings.images[0].reference = reference("quay.io/eclipse/che-theia:7"); },
      [&] {
        settings.node_selector = {{"pool", "large"}};
      },
      [&] {
        settings.tolerations = json::array({{{"operator", "Exists"}}});
      },
      [&] {
        settings.affinity = {{"nodeAffinity", json::object()}};
      },
      [&] { settings.priority_class_name = "low"; },
      [&] { settings.image_pull_secrets = {"one"}; },
      [&] { settings.kip_image = reference("registry.test/kip:2"); },
  };
  for (const auto& edit : edits) {
    settings = settings_before;
    edit();
    daemonset = before;
    const Plan p = plan(noon() + 1min);
    ASSERT_EQ(p.action.kind, Kind::replace);
    EXPECT_EQ(at(p.action.object, "/spec/updateStrategy"),
              json::parse(
                  R"({"type":"RollingUpdate","rollingUpdate":{"maxSurge":2,"maxUnavailable":0}})"));
    EXPECT_FALSE(is_asleep(p.action.object));
  }
}

TEST_F(FirstPullTest, TheMarkOnADaemonSetThatPinsItsImagesMeansNothing) {
  settings.cache_mode = config::CacheMode::pin;
  seen.nodes_before = 2;
  carry_out(plan(noon()));
  set({3, 2, 3});  // one node is down
  mark_as_asleep(daemonset);
  const Plan p = plan(noon() + 1s);
  EXPECT_EQ(p.finding.reason, "Steady") << p.finding.detail;
}

}  // namespace
}  // namespace kip::core
