#include "core/status.h"

#include <gtest/gtest.h>

#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::core {

using namespace std::chrono_literals;

using namespace testing;

namespace {

TEST(ImageCoverage, ANodeWithTwoPodsHasAnImageOnce) {
  Pods pods;
  pods.put("old", summarize(running_pod("n1", "reg/a@sha256:old", "reg/b@sha256:b")));
  pods.put("new", summarize(running_pod("n1", "reg/a@sha256:new", "reg/b@sha256:b")));
  pods.put("n2", summarize(running_pod("n2", "reg/a@sha256:new", "")));
  pods.put("none", summarize(scheduled_pod("n3")));
  const std::vector<ImageCoverage> expected = {
      {"b", "reg/b:1", "sha256:b", 1}, {"a", "reg/a:1", "sha256:new", 2}, {"c", "reg/c:1", "", 0}};
  EXPECT_EQ(
      image_coverage(
          {{"b", reference("reg/b:1")}, {"a", reference("reg/a:1")}, {"c", reference("reg/c:1")}},
          pods),
      expected);
}

// IMAGES has a newer tag, and no node has got it.
TEST(ImageCoverage, ANodeThatRunsAnEarlierTagDoesNotHaveTheImage) {
  Pods pods;
  pods.put("old", summarize(running_pod("n1", "reg/a@sha256:old", "reg/b@sha256:b")));
  EXPECT_EQ(image_coverage({{"a", reference("reg/a:2")}}, pods).at(0).nodes, 0U);
}

using Names = std::vector<std::string>;

struct World {
  Pods pods;
  void put(const std::string& name, const json& pod) { pods.put(name, summarize(pod)); }
  Failures at(WallTime now) const { return failures(pods, now); }
};

json deleted(json pod, WallTime end) {
  pod["metadata"]["deletionTimestamp"] = to_rfc3339(end);
  return pod;
}

TEST(Failures, AnImageThatCannotBePulledIsNamedWithItsNodesAtOnce) {
  World world;
  world.put("x", waiting_pod("n2", "ImagePullBackOff", "Back-off pulling image"));
  world.put("y", waiting_pod("n1", "ErrImagePull", "not found"));
  world.put("z", running_pod("n3"));
  const ImageFailure expected = {"a", "reg/a:1", true, "ErrImagePull", "not found", {"n1", "n2"}};
  EXPECT_EQ(world.at(noon()), (Failures{{expected}, {}}));
}

TEST(Failures, AContainerThatCannotStartIsAFailureButNotOfPulling) {
  World world;
  world.put("x", waiting_pod("n1", "CreateContainerError", "no such file"));
  ASSERT_EQ(world.at(noon()).images.size(), 1U);
  EXPECT_FALSE(world.at(noon()).images[0].pull_failed);
}

TEST(Failures, TheInitContainerIsLookedAtToo) {
  World world;
  json pod = waiting_pod("n1", "PodInitializing");
  pod["status"]["initContainerStatuses"] = json::array(
      {{{"name", "copy-sleep"}, {"state", {{"waiting", {{"reason", "ErrImagePull"}}}}}}});
  world.put("x", pod);
  ASSERT_EQ(world.at(noon()).images.size(), 1U);
  EXPECT_EQ(world.at(noon()).images[0].image, "kip:1");
}

TEST(Failures, APodThatIsBeingDeletedIsNotBlamedForItsImages) {
  World world;
  world.put("x", deleted(waiting_pod("n1", "ErrImagePull"), noon()));
  EXPECT_EQ(world.at(noon()), Failures{});
}

TEST(Failures, NodesWithOneReasonAreToldTogetherAfterHalfAMinute) {
  World world;
  world.put("x", unschedulable_pod("n2"));
  world.put("y", unschedulable_pod("n1", noon() + 5s));
  world.put("z", scheduled_pod("n3"));
  EXPECT_EQ(world.at(noon() + 29s), Failures{});
  EXPECT_EQ(next_failure(world.pods, noon() + 29s), noon() + 30s);
  const auto early = world.at(noon() + 30s).nodes;
  ASSERT_EQ(early.size(), 2U);
  EXPECT_EQ(early[0].reason, "NodeNotReady");
  EXPECT_EQ(early[0].nodes, Names{"n3"});
  EXPECT_EQ(early[1].reason, "Unschedulable");
  EXPECT_EQ(early[1].message, "0/4 nodes are available: 1 Insufficient cpu.");
  EXPECT_EQ(early[1].nodes, Names{"n2"});
  EXPECT_EQ(next_failure(world.pods, noon() + 30s), noon() + 35s);
  EXPECT_EQ(world.at(noon() + 35s).nodes[1].nodes, (Names{"n1", "n2"}));
  EXPECT_EQ(next_failure(world.pods, noon() + 35s), std::nullopt);
}

TEST(Failures, ADeadNodeIsOneFailureThoughItsOldPodDoesNotEndEither) {
  World world;
  world.put("new", scheduled_pod("n1", noon()));
  world.put("old", deleted(running_pod("n1", noon() - 1h), noon()));
  const auto found = world.at(noon() + 1min).nodes;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].reason, "NodeNotReady");
}

TEST(Failures, APodThatDoesNotEndIsTold) {
  World world;
  world.put("old", deleted(running_pod("n1", noon() - 1h), noon()));
  world.put("new", running_pod("n1", noon()));
  EXPECT_EQ(world.at(noon() + 29s), Failures{});
  ASSERT_EQ(world.at(noon() + 30s).nodes.size(), 1U);
  EXPECT_EQ(world.at(noon() + 30s).nodes[0].reason, "Terminating");
}

TEST(PullerStatus, SaysOfEachImageWhereItIsAndWhereItFailsAndHowFarTheNodesAre) {
  config::Settings settings = some_settings();
  settings.images = {{"a", reference("reg/a:1")}, {"b", reference("reg/b:1")}};
  json daemonset = {{"metadata", {{"generation", 1}}}};
  daemonset["status"] = {{"observedGeneration", 1},
                         {"desiredNumberScheduled", 2},
                         {"updatedNumberScheduled", 2},
                         {"numberReady", 1}};
  Pods pods;
  pods.put("x", summarize(running_pod("n1", "reg/a@sha256:a", "reg/b@sha256:b")));
  pods.put("y", summarize(waiting_pod("n2", "ErrImagePull", "not found")));
  const PullerStatus status =
      puller_status(settings, finding_of(reasons::steady), daemonset, pods, 1, noon());
  EXPECT_EQ(status.finding.reason, "Steady");
  EXPECT_TRUE(status.has_daemonset);
  EXPECT_EQ(status.rollout.warm(), 1);
  EXPECT_FALSE(status.rollout.is_warm());
  EXPECT_TRUE(status.rollout.is_rolled_out()) << "the other node is held";
  ASSERT_EQ(status.images.size(), 2U);
  EXPECT_EQ(status.images[1], (ImageCoverage{"b", "reg/b:1", "sha256:b", 1}));
  ASSERT_EQ(status.failures.images.size(), 1U);
  EXPECT_EQ(status.failures.images[0].nodes, std::vector<std::string>{"n2"});
}

TEST(PullerStatus, WithoutADaemonSetNoNodeHasAnImage) {
  const PullerStatus status =
      puller_status(some_settings(), finding_of(reasons::absent), nullptr, {}, 0, noon());
  EXPECT_FALSE(status.has_daemonset);
  EXPECT_EQ(status.rollout, Rollout{});
  ASSERT_EQ(status.images.size(), 2U);
  EXPECT_EQ(status.images[0].nodes, 0U);
}

PullerStatus part(const Reason& reason, std::vector<ImageCoverage> images, Rollout rollout) {
  PullerStatus status;
  status.finding = finding_of(reason);
  status.has_daemonset = true;
  status.rollout = rollout;
  status.images = std::move(images);
  return status;
}

TEST(MergedStatus, ANodeIsWarmThatHasTheImagesOfAll) {
  const std::vector<config::CachedImage> images = {{"b", reference("reg/b:1")},
                                                   {"a", reference("reg/a:1")}};
  const auto all = merged({part(reasons::steady, {{"a", "reg/a:1", "", 3}, {"b", "reg/b:1", "", 2}},
                                {.is_observed = true, .desired = 3, .updated = 3, .ready = 3}),
                           part(reasons::refused, {{"b", "reg/b:1", "", 1}},
                                {.is_observed = true, .desired = 3, .updated = 2, .ready = 1})},
                          {"one", "two"}, images);
  EXPECT_EQ(all.rollout.warm(), 1);
  EXPECT_EQ(all.finding.reason, "Refused");
  EXPECT_EQ(all.finding.detail, "DaemonSet two");
  EXPECT_EQ(all.images,
            (std::vector<ImageCoverage>{{"b", "reg/b:1", "", 2}, {"a", "reg/a:1", "", 3}}));
}

TEST(MergedStatus, ADaemonSetForFewNodesMakesTheOthersNoColder) {
  const auto all =
      merged({part(reasons::steady, {{"a", "reg/a:1", "", 9}},
                   {.is_observed = true, .desired = 9, .updated = 9, .ready = 9}),
              part(reasons::steady, {{"b", "reg/b:1", "", 1}},
                   {.is_observed = true, .desired = 2, .updated = 2, .ready = 1})},
             {"all", "few"}, {{"a", reference("reg/a:1")}, {"b", reference("reg/b:1")}});
  EXPECT_EQ(all.rollout.desired, 9);
  EXPECT_EQ(all.rollout.warm(), 8) << "one of the few is without";
}

TEST(MergedStatus, AnImageForTwoPlacementsIsToldOnce) {
  const config::CachedImage image = {"a", reference("reg/a:1")};
  const auto all = merged({part(reasons::steady, {{"a", "reg/a:1", "", 1}}, {}),
                           part(reasons::steady, {{"a", "reg/a:1", "", 2}}, {})},
                          {"one", "two"}, {image, image});
  EXPECT_EQ(all.images, (std::vector<ImageCoverage>{{"a", "reg/a:1", "", 2}}));
}

TEST(MergedStatus, ANodeWhoseTroubleIsThatOfBothIsToldOnce) {
  PullerStatus one = part(reasons::steady, {}, {}), two = one;
  one.failures.nodes = {{"NodeNotReady", "m", {"n1", "n3"}}};
  two.failures.nodes = {{"Evicted", "m", {"n4"}}, {"NodeNotReady", "m", {"n1", "n2"}}};
  const auto all = merged({one, two}, {"one", "two"}, {});
  EXPECT_EQ(all.failures.nodes,
            (std::vector<NodeFailure>{{"Evicted", "m", {"n4"}},
                                      {"NodeNotReady", "m", {"n1", "n2", "n3"}}}));
  EXPECT_EQ(all.finding.detail, "");
}

}  // namespace

}  // namespace kip::core
