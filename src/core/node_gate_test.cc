#include "core/node_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/groups.h"
#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::noon;

const types::Taint taint = *types::parse_taint("image-puller/not-warm:NoSchedule");

// A node as its kubelet registers it, Ready, made at noon.
json a_node(bool has_taint = true) {
  json node = {
      {"metadata", {{"name", "n1"}, {"uid", "u1"}, {"creationTimestamp", to_rfc3339(noon())}}}};
  node["spec"]["taints"] = json::array({{{"key", "other"}, {"effect", "NoSchedule"}}});
  if (has_taint) node["spec"]["taints"].push_back({{"key", taint.key}, {"effect", taint.effect}});
  node["status"]["conditions"] = json::array({testing::condition("Ready", true, noon())});
  return node;
}

// What a process of ours wrote.
void tell(json& node, GateReason reason, WallTime now = noon()) {
  const GateNode before = gate_node(node, taint, {});
  json& conditions = node["status"]["conditions"];
  conditions.erase(std::remove_if(conditions.begin(), conditions.end(),
                                  [](const json& one) { return one["type"] == images_warm; }),
                   conditions.end());
  conditions.push_back(warm_condition(before, reason, "m", now, now));
}

class NodeGateTest : public ::testing::Test {
 protected:
  // One look at the node, at so long after noon.
  GateStep look(Duration after = 10s) {
    const GateNode seen = gate_node(node, taint, targets);
    std::vector<PodSummary> summaries;
    for (const auto& pod : pods) summaries.push_back(summarize(pod));
    PodsOfNode on_node;
    for (const auto& summary : summaries) on_node.push_back(&summary);
    const SteadyTime now{1h + after};
    return gate_step({seen, taint, targets, 5min, are_pods_known ? &on_node : nullptr,
                      seen.taint ? std::optional(SteadyTime{1h} + due) : std::nullopt,
                      missing_since, now, noon() + after});
  }
  static json warm_pod(WallTime created = noon()) {
    json pod = testing::running_pod("n1", "reg/a@sha256:a", "reg/b@sha256:b");
    pod["metadata"]["creationTimestamp"] = to_rfc3339(created);
    return pod;
  }

  json node = a_node();
  std::vector<GateTarget> targets = {{json::object(), json::object(), {"reg/a:1", "reg/b:1"}}};
  std::vector<json> pods;
  bool are_pods_known = true;
  Duration due = 5min;
  std::optional<SteadyTime> missing_since;
};

TEST_F(NodeGateTest, TheTaintGoesWhenEachImageIsInAPod) {
  EXPECT_FALSE(look().lifts);
  pods = {testing::running_pod("n1", "reg/a@sha256:a", "")};
  EXPECT_FALSE(look().lifts) << "one image is not there";
  pods = {warm_pod()};
  const GateStep step = look();
  EXPECT_TRUE(step.lifts);
  EXPECT_FALSE(step.is_overdue);
  EXPECT_EQ(step.tells, GateReason::none) << "the taint is first";
}

TEST_F(NodeGateTest, ImagesMayBeInPodsOfSeveralDaemonSets) {
  pods = {testing::running_pod("n1", "reg/a@sha256:a", "")};
  json other = testing::running_pod("n1", "", "reg/b@sha256:b");
  pods.push_back(other);
  EXPECT_TRUE(look().lifts);
}

TEST_F(NodeGateTest, APodThatIsDeletedOrOfAnEarlierNodeDoesNotCount) {
  pods = {warm_pod(noon() - 6s)};
  EXPECT_FALSE(look().lifts) << "it was made before this node";
  pods = {warm_pod(noon() - 4s)};
  EXPECT_TRUE(look().lifts) << "API servers' clocks differ a little";
  pods = {warm_pod()};
  pods[0]["metadata"]["deletionTimestamp"] = to_rfc3339(noon());
  EXPECT_FALSE(look().lifts);
}

TEST_F(NodeGateTest, ANodeThatIsStillToGetLabelsMayBeMeantForMore) {
  pods = {warm_pod()};
  node["spec"]["taints"].push_back(
      {{"key", "node.cloudprovider.kubernetes.io/uninitialized"}, {"effect", "NoSchedule"}});
  EXPECT_FALSE(look().lifts) << "pods that tolerate everything are on it before its labels are";
  EXPECT_TRUE(look(5min).is_overdue);
  node["spec"]["taints"].erase(node["spec"]["taints"].size() - 1);
  EXPECT_TRUE(look().lifts);
}

TEST_F(NodeGateTest, WhileItWaitsTheConditionSaysSoOnceAndUntilWhen) {
  GateStep step = look();
  EXPECT_EQ(step.tells, GateReason::waiting);
  EXPECT_EQ(step.message,
            "the taint image-puller/not-warm:NoSchedule waits for 2 images, until "
            "2026-01-31T12:05:00Z at the latest");
  EXPECT_EQ(step.look_at, SteadyTime{1h + 5min});
  tell(node, GateReason::waiting);
  step = look();
  EXPECT_EQ(step.tells, GateReason::none);
  EXPECT_EQ(step.look_at, SteadyTime{1h + 5min});
}

TEST_F(NodeGateTest, AfterTheDeadlineTheTaintGoesWithTheReason) {
  EXPECT_FALSE(look(5min - 1ms).lifts);
  GateStep step = look(5min);
  EXPECT_TRUE(step.lifts && step.is_overdue);
  EXPECT_EQ(step.why, "reg/a:1, reg/b:1 (the puller has no pod on the node)");
  pods = {testing::waiting_pod("n1", "ErrImagePull", "no such host")};
  pods[0]["status"]["containerStatuses"][1]["imageID"] = "reg/b@sha256:b";
  EXPECT_EQ(look(5min).why, "reg/a:1 (ErrImagePull: no such host)");
  pods = {testing::unschedulable_pod("n1")};
  EXPECT_THAT(look(5min).why, HasSubstr("Unschedulable: 0/4 nodes are available"));
  pods = {testing::scheduled_pod("n1")};
  EXPECT_THAT(look(5min).why, HasSubstr("NodeNotReady: the kubelet does not take up the pod"));
  pods = {testing::waiting_pod("n1", "ContainerCreating")};
  EXPECT_THAT(look(5min).why, HasSubstr("still pulling, or not begun"));
  are_pods_known = false;
  step = look(5min);
  EXPECT_TRUE(step.lifts && step.is_overdue) << "also where pods may not be read";
  EXPECT_EQ(step.why, "the puller's pods or its list are not known");
}

TEST_F(NodeGateTest, WithoutTheTaintTheConditionIsThatOfTheDeadlineUntilTheImagesAreThere) {
  node = a_node(false);
  tell(node, GateReason::waiting);
  GateStep step = look(5min);
  EXPECT_EQ(step.tells, GateReason::deadline_passed);
  EXPECT_EQ(step.message,
            "the taint was taken off without these images: reg/a:1, reg/b:1 (the "
            "puller has no pod on the node)");
  EXPECT_EQ(look(4min).tells, GateReason::images_missing) << "somebody else took it off";
  tell(node, GateReason::deadline_passed);
  EXPECT_EQ(look(6min).tells, GateReason::none);
  pods = {warm_pod()};
  step = look(6min);
  EXPECT_EQ(step.tells, GateReason::images_present);
  EXPECT_EQ(step.message, "all 2 images are on the node");
  tell(node, GateReason::images_present);
  EXPECT_EQ(look(7min).tells, GateReason::none);
}

TEST_F(NodeGateTest, ANodeThatNeverHadTheTaintIsToldWarmAndNotWarmOnlyIfThatLasts) {
  node = a_node(false);
  GateStep step = look();
  EXPECT_EQ(step.tells, GateReason::none);
  EXPECT_TRUE(step.is_missing);
  EXPECT_EQ(step.look_at, SteadyTime{1h + 10s + 1min});
  missing_since = SteadyTime{1h + 10s};
  EXPECT_EQ(look(69s).tells, GateReason::none);
  EXPECT_EQ(look(70s).tells, GateReason::images_missing);
  pods = {warm_pod()};
  EXPECT_EQ(look(70s).tells, GateReason::images_present);
  EXPECT_FALSE(look(70s).is_missing);
  tell(node, GateReason::images_present);
  pods.clear();
  missing_since.reset();
  EXPECT_EQ(look().tells, GateReason::none) << "a pod is replaced";
  are_pods_known = false;
  EXPECT_EQ(look(2h).tells, GateReason::none);
}

TEST_F(NodeGateTest, WhereNothingIsKnownOfImagesTheDeadlineIsToldAllTheSame) {
  are_pods_known = false;
  EXPECT_EQ(look().tells, GateReason::waiting);
  EXPECT_THAT(look().message, HasSubstr("waits for images that are not known yet, until "));
  node = a_node(false);
  tell(node, GateReason::waiting);
  EXPECT_EQ(look(4min).tells, GateReason::none);
  EXPECT_EQ(look(5min).tells, GateReason::deadline_passed);
}

TEST_F(NodeGateTest, ANodeThatNoImageIsMeantForWaitsOnlyUntilItsLabelsAreComplete) {
  targets[0].node_selector = {{"disk", "ssd"}};
  EXPECT_TRUE(look().lifts);
  node["spec"]["taints"].push_back({{"key", "karpenter.sh/unregistered"}, {"effect", "NoExecute"}});
  EXPECT_FALSE(look().lifts) << "it will be given labels";
  EXPECT_THAT(look().message, HasSubstr("waits for the node to be Ready"));
  EXPECT_TRUE(look(5min).is_overdue);
  node = a_node();
  node["status"]["conditions"][0]["status"] = "False";
  EXPECT_FALSE(look().lifts) << "not Ready yet";
  node["metadata"]["labels"] = {{"disk", "ssd"}};
  pods = {warm_pod()};
  EXPECT_TRUE(look().lifts) << "its images are what counts, Ready or not";

  node = a_node(false);
  EXPECT_EQ(look().tells, GateReason::none) << "nothing of ours";
  tell(node, GateReason::waiting);
  EXPECT_EQ(look().tells, GateReason::no_images);
}

TEST_F(NodeGateTest, ItIsKnownWhichImagesAreCritical) {
  config::Settings settings = testing::some_settings();  // theia and ubi
  EXPECT_THAT(gate_targets({}, groups_of(settings)).at(0).images,
              ElementsAre("quay.io/eclipse/che-theia:next", "registry.test/ubi8:8.10"));
  EXPECT_THAT(gate_targets({{}, {"ubi", "gone"}}, groups_of(settings)).at(0).images,
              ElementsAre("registry.test/ubi8:8.10"));
  EXPECT_THAT(gate_targets({{}, {"gone"}}, groups_of(settings)).at(0).images, IsEmpty());
}

TEST_F(NodeGateTest, DaemonSetsOfOnePlacementAreOneTarget) {
  config::Settings one = testing::some_settings(), two = one, elsewhere = one;
  two.images = {{"x", testing::reference("reg/x:1")}, one.images[0]};
  elsewhere.node_selector = {{"disk", "ssd"}};
  const auto found = gate_targets({}, {one, elsewhere, two});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].images.size(), 3U);
  EXPECT_EQ(found[1].node_selector, elsewhere.node_selector);
}

// Minutes that are left at a quarter past twelve of a deadline of five.
long left(const json& node) {
  const Duration time = time_left(gate_node(node, taint, {}), noon() + 15min, 5min);
  return std::chrono::duration_cast<std::chrono::minutes>(time).count();
}

TEST(NodeGateDeadline, CountsFromWhenTheTaintIsKnownToBeThere) {
  json node = a_node();
  node["metadata"]["creationTimestamp"] = to_rfc3339(noon() + 12min);
  EXPECT_EQ(left(node), 2) << "since the node was made";
  node["metadata"]["creationTimestamp"] = to_rfc3339(noon());
  EXPECT_EQ(left(node), 5) << "long before: put there later, or nobody was here to look";
  node["spec"]["taints"][1]["timeAdded"] = to_rfc3339(noon() + 11min);
  EXPECT_EQ(left(node), 1);
  node["metadata"]["creationTimestamp"] = to_rfc3339(noon() + 1h);
  node["spec"]["taints"][1].erase("timeAdded");
  EXPECT_EQ(left(node), 5) << "a clock is wrong";
}

TEST(NodeGateDeadline, AProcessThatStartsAnewGoesOnFromWhatTheLastOneTold) {
  json node = a_node();
  tell(node, GateReason::waiting, noon() + 13min);
  EXPECT_EQ(left(node), 3);
  tell(node, GateReason::waiting, noon());
  EXPECT_EQ(left(node), 0) << "it passed meanwhile";
  tell(node, GateReason::waiting, noon() + 2h);
  EXPECT_EQ(left(node), 5) << "never longer than the deadline, whatever clocks say";
}

TEST(NodeGateDeadline, ATaintThatIsPutBackWaitsAnew) {
  json node = a_node();
  tell(node, GateReason::images_present, noon() + 14min);
  node["metadata"]["creationTimestamp"] = to_rfc3339(noon() + 12min);
  EXPECT_EQ(left(node), 5);
  tell(node, GateReason::deadline_passed, noon() + 14min);
  EXPECT_EQ(left(node), 5);
  tell(node, GateReason::waiting, noon() + 11min);
  node["spec"]["taints"][1]["timeAdded"] = to_rfc3339(noon() + 14min);
  EXPECT_EQ(left(node), 4) << "what was told is of before";
}

TEST(NodeGateCondition, ItsTransitionIsThatOfItsStatus) {
  json node = a_node();
  const auto written = [&](GateReason reason, WallTime now) {
    const json made = warm_condition(gate_node(node, taint, {}), reason, "m", now, noon() - 1min);
    node["status"]["conditions"] = json::array({made});
    return made;
  };
  json made = written(GateReason::waiting, noon());
  EXPECT_EQ(made, json({{"type", "ImagesWarm"},
                        {"status", "False"},
                        {"reason", "Waiting"},
                        {"message", "m"},
                        {"lastHeartbeatTime", "2026-01-31T11:59:00Z"},
                        {"lastTransitionTime", "2026-01-31T12:00:00Z"}}));
  made = written(GateReason::deadline_passed, noon() + 5min);
  EXPECT_EQ(made["lastTransitionTime"], to_rfc3339(noon()));
  EXPECT_EQ(made["lastHeartbeatTime"], to_rfc3339(noon() + 5min));
  made = written(GateReason::images_present, noon() + 6min);
  EXPECT_EQ(made["status"], "True");
  EXPECT_EQ(made["lastTransitionTime"], to_rfc3339(noon() + 6min));
}

TEST(NodeGateNode, AConditionOfOtherWordsIsReplaced) {
  json node = a_node(false);
  node["status"]["conditions"].push_back(
      {{"type", images_warm}, {"status", "True"}, {"reason", "Theirs"}});
  EXPECT_EQ(gate_node(node, taint, {}).told, GateReason::none);
}

}  // namespace
}  // namespace kip::core
