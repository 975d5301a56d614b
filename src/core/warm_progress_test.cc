#include "core/warm_progress.h"

#include <gmock/gmock.h>

#include "core/first_pull.h"
#include "core/groups.h"
#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = WarmProgress::State;

// A DaemonSet of two nodes with the images a and b, and what is said of b.
class WarmProgressTest : public ::testing::Test {
 protected:
  WarmProgressTest() {
    settings.images = {{"a", reference("reg/a:1")}, {"b", reference("reg/b:1")}};
    make();
  }
  void make() {
    daemonset = desired_daemonset(settings, {}, new_record(settings, noon()), 50);
    daemonset["metadata"]["generation"] = 1;
    daemonset["status"] = {
        {"observedGeneration", 1}, {"currentNumberScheduled", 2}, {"desiredNumberScheduled", 2}};
  }
  void put(const std::string& node, const json& pod) { pods.put(node, summarize(pod)); }
  void have(const std::string& node) {
    put(node, running_pod(node, "reg/a@sha256:a", "reg/b@sha256:b"));
  }
  // b waits there; a runs.
  void wait(const std::string& node, const char* reason, const char* message) {
    json pod = pod_of(daemonset, node);
    take(pod, "a", "reg/a@sha256:a");
    fail(pod, "b", reason, message);
    put(node, pod);
  }
  WarmProgress look(WantedImage image, WallTime now = noon() + 10s) const {
    return warm_progress({image}, {{daemonset, pods}}, settings.daemonset_name, now).front();
  }
  WarmProgress look(WallTime now = noon() + 10s) const { return look({reference("reg/b:1")}, now); }

  config::Settings settings = some_settings();
  json daemonset;
  Pods pods;
};

TEST_F(WarmProgressTest, AnImageIsWarmWhenEachNodeHasIt) {
  EXPECT_EQ(look().state, State::pulling);
  have("n1");
  EXPECT_EQ(look(),
            (WarmProgress{.image = "reg/b:1", .state = State::pulling, .nodes = 1, .wanted = 2}));
  have("n2");
  EXPECT_EQ(look(),
            (WarmProgress{.image = "reg/b:1", .state = State::warm, .nodes = 2, .wanted = 2}));
}

TEST_F(WarmProgressTest, ThePodsOfAnotherTagSayNothing) {
  settings.images[1].reference = reference("reg/b:2");
  make();
  have("n1");
  have("n2");
  EXPECT_EQ(look({reference("reg/b:2")}).nodes, 0);
}

TEST_F(WarmProgressTest, CountsOfAnEarlierSpecSayNothing) {
  have("n1");
  have("n2");
  daemonset["metadata"]["generation"] = 2;
  EXPECT_EQ(look().state, State::pulling);
}

TEST_F(WarmProgressTest, WhatNoDaemonSetHasIsNotTakenYet) {
  EXPECT_EQ(look({reference("reg/c:1")}).state, State::not_taken);
  settings = asleep(settings, {}, false);
  make();
  EXPECT_EQ(look({reference("reg/c:1")}).state, State::not_taken);
  mark_as_asleep(daemonset);
  EXPECT_EQ(look({reference("reg/c:1")}).state, State::pulling)
      << "it is made without images first";
}

TEST_F(WarmProgressTest, AMissingImageHasFailedAtOnceAndNamesNodeAndWhy) {
  wait("n1", "ErrImagePull", "reg/b:1: not found");
  EXPECT_EQ(look().state, State::failed) << "whatever the other node will say";
  wait("n2", "ImagePullBackOff", "Back-off pulling image \"reg/b:1\": reg/b:1: not found");
  const auto found = look();
  EXPECT_EQ(found.state, State::failed);
  ASSERT_EQ(found.troubles.size(), 2U);
  EXPECT_EQ(found.troubles[0].node, "n1");
  EXPECT_THAT(found.troubles[0].why, HasSubstr("not found"));
}

TEST_F(WarmProgressTest, ARegistryThatIsAwayIsWaitedForAndNamed) {
  for (const char* node : {"n1", "n2"})
    wait(node, "ErrImagePull", "dial tcp 10.0.0.1:443: connect: connection refused");
  const auto found = look(noon() + 1h);
  EXPECT_EQ(found.state, State::pulling);
  EXPECT_EQ(found.troubles.size(), 2U);
}

TEST_F(WarmProgressTest, ADeadNodeIsNotWaitedForAndNamed) {
  have("n1");
  put("n2", scheduled_pod("n2"));
  const auto found = look(noon() + 1h);
  EXPECT_EQ(found.state, State::warm);
  EXPECT_THAT(found.dead, ElementsAre("n2"));
}

TEST_F(WarmProgressTest, APodOfANodeThatHasGoneDoesNotCountForOneThatHasNoImage) {
  have("n1");
  have("gone");
  wait("n2", "ContainerCreating", "");
  EXPECT_EQ(look().state, State::pulling);
  pods.erase("gone");
  have("n2");
  EXPECT_EQ(look().state, State::warm);
}

TEST_F(WarmProgressTest, ADeadNodeThatHasGoneDoesNotCountForOneThatHasNoImage) {
  have("n1");
  put("gone", scheduled_pod("gone"));
  wait("n2", "ContainerCreating", "");
  EXPECT_EQ(look(noon() + 1h).state, State::pulling);
}

TEST_F(WarmProgressTest, ANodeThatHasNoPodYetIsWaitedFor) {
  have("n1");
  have("gone");
  daemonset["status"]["currentNumberScheduled"] = 1;
  EXPECT_EQ(look().state, State::pulling);
}

// Its pod stays, as it was scheduled before.
TEST_F(WarmProgressTest, ANodeThatTookATaintSinceIsCountedWithItsPod) {
  have("n1");
  have("tainted");
  daemonset["status"] = {{"observedGeneration", 1},
                         {"currentNumberScheduled", 1},
                         {"desiredNumberScheduled", 1},
                         {"numberMisscheduled", 1}};
  EXPECT_EQ(look(),
            (WarmProgress{.image = "reg/b:1", .state = State::warm, .nodes = 2, .wanted = 2}));
  pods.erase("n1");
  wait("n1", "ContainerCreating", "");
  EXPECT_EQ(look().state, State::pulling);
}

TEST_F(WarmProgressTest, AFullNodeFailsAfterAMinuteWhenTheOthersHaveIt) {
  put("n2", unschedulable_pod("n2"));
  EXPECT_EQ(look(noon() + 1h).state, State::pulling) << "the other is still pulling";
  have("n1");
  EXPECT_EQ(look(noon() + 30s).state, State::pulling);
  const auto found = look(noon() + 1h);
  EXPECT_EQ(found.state, State::failed);
  ASSERT_EQ(found.troubles.size(), 1U);
  EXPECT_THAT(found.troubles[0].why, HasSubstr("Insufficient cpu"));
}

TEST_F(WarmProgressTest, ThatAnImageIsLeftOutIsAFailure) {
  TemplateRecord record = new_record(settings, noon());
  record.last = {"c-1"};
  daemonset = desired_daemonset(settings, {}, record, 50);
  EXPECT_EQ(look({reference("reg/c:1")}).state, State::failed);
}

TEST_F(WarmProgressTest, WhatIsForOtherNodesIsLookedForInItsOwnDaemonSet) {
  WantedImage image{reference("reg/b:1"), config::Placement{.node_selector = {{"pool", "a"}}}};
  have("n1");
  have("n2");
  EXPECT_EQ(look(image).state, State::warm) << "these nodes are among them";
  image.placement->tolerations = json::parse(R"([{"key": "gpu", "operator": "Exists"}])");
  EXPECT_EQ(look(image).state, State::not_taken) << "these are not";
  settings.node_selector = {{"pool", "b"}};
  make();
  EXPECT_EQ(look(image).state, State::failed);
  EXPECT_THAT(look(image).why, HasSubstr("NODE_SELECTOR"));
}

TEST_F(WarmProgressTest, WhereAllIsForSomeNodesAPartTellsWhatTheSettingsSelect) {
  config::Settings placed = settings;
  for (auto& image : placed.images)
    image.placement = config::Placement{.node_selector = {{"pool", "a"}, {"zone", "z"}}};
  settings = groups_of(placed).front();
  make();
  have("n1");
  have("n2");
  const auto of = [&](const json& selector) {
    WantedImage image{reference("reg/b:1"), config::Placement{.node_selector = selector}};
    return warm_progress({image}, {{daemonset, pods}}, placed.daemonset_name, noon()).front().state;
  };
  EXPECT_EQ(of({{"pool", "a"}, {"zone", "z"}}), State::warm);
  EXPECT_EQ(of({{"zone", "z"}}), State::not_taken) << "these are fewer nodes than are wanted";
  EXPECT_EQ(of(json::object()), State::not_taken);
}

TEST_F(WarmProgressTest, ARefusalFromBeforeIsWaitedOutAndStillNamed) {
  wait("n1", "ImagePullBackOff", "Back-off pulling image \"reg/b:1\": reg/b:1: not found");
  const std::vector<WarmingDaemonSet> daemonsets{{daemonset, pods}};
  const Refusals old = refusals_of(daemonsets);
  const auto now = [&] {
    return warm_progress({{reference("reg/b:1")}}, daemonsets, settings.daemonset_name, noon(), old)
        .front();
  };
  EXPECT_EQ(now().state, State::pulling);
  EXPECT_EQ(now().troubles.size(), 1U);
  wait("n1", "ErrImagePull", "reg/b:1: not found");
  EXPECT_EQ(now().state, State::failed) << "it was tried again";
}

TEST_F(WarmProgressTest, OfThePullerAreItsDaemonSetAndItsParts) {
  EXPECT_TRUE(is_of_puller(daemonset, "kubernetes-image-puller"));
  EXPECT_FALSE(is_of_puller(daemonset, "kip"));
  settings.part_of = "kip";
  make();
  EXPECT_TRUE(is_of_puller(daemonset, "kip"));
  daemonset["metadata"].erase("labels");
  EXPECT_FALSE(is_of_puller(daemonset, "kip"));
}

}  // namespace
}  // namespace kip::core
