#include "core/held_nodes.h"

#include <gtest/gtest.h>

#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TEST(HeldNodes, APodThatFailsAndIsMadeAnewAgainAndAgainStaysOne) {
  HeldNodes nodes;
  for (Duration time = 0s; time < 10min; time += 20s) {
    nodes.see({{"n1", true}}, noon() + time);
    nodes.see({}, noon() + time + 1s);
    EXPECT_EQ(nodes.count(), 1U);
    EXPECT_EQ(nodes.places(), 1U);
  }
}

TEST(HeldNodes, IsForgottenAMinuteAfterItWasLastHeld) {
  HeldNodes nodes;
  nodes.see({{"n1", true}, {"n2", false}}, noon());
  EXPECT_EQ(nodes.count(), 2U);
  EXPECT_EQ(nodes.places(), 1U);
  EXPECT_EQ(nodes.next(), std::nullopt);
  nodes.see({{"n2", false}}, noon() + 10s);
  EXPECT_EQ(nodes.next(), noon() + 60s);
  nodes.see({{"n2", false}}, noon() + 60s);
  EXPECT_EQ(nodes.count(), 1U);
  EXPECT_EQ(nodes.places(), 0U);
  EXPECT_EQ(nodes.next(), std::nullopt);
}

TEST(HeldNodes, APlaceIsForgottenThoughTheNodeIsStillHeld) {
  HeldNodes nodes;
  nodes.see({{"n1", true}}, noon());
  nodes.see({{"n1", false}}, noon() + 30s);
  EXPECT_EQ(nodes.places(), 1U);
  EXPECT_EQ(nodes.next(), noon() + 60s);
  nodes.see({{"n1", false}}, noon() + 60s);
  EXPECT_EQ(nodes.places(), 0U);
  EXPECT_EQ(nodes.count(), 1U);
}

TEST(HeldNodes, AClockThatIsSetBackKeepsNothingForLong) {
  HeldNodes nodes;
  nodes.see({{"n1", true}}, noon());
  nodes.see({}, noon() - 24h);
  nodes.see({}, noon() - 24h + 1min);
  EXPECT_EQ(nodes.count(), 0U);
}

std::vector<HeldNode> held_with_an_old_pod(const json& newest, WallTime now = noon() + 1min) {
  Pods pods;
  pods.put("old", summarize(running_pod("n1", noon() - 1h)));
  pods.put("a-new", summarize(newest));
  return held_nodes(pods, now);
}

TEST(HeldNodesOfPods, ANewPodThatDoesNotComeHoldsItsPlace) {
  const std::vector<HeldNode> held = {{"n1", true}};
  json failed = scheduled_pod("n1");
  failed["status"]["phase"] = "Failed";
  EXPECT_EQ(held_with_an_old_pod(unschedulable_pod("n1")), held);
  EXPECT_EQ(held_with_an_old_pod(scheduled_pod("n1")), held);
  EXPECT_EQ(held_with_an_old_pod(failed, noon()), held);
  for (const char* reason : {"ErrImagePull", "CrashLoopBackOff", "CreateContainerError"})
    EXPECT_EQ(held_with_an_old_pod(waiting_pod("n1", reason), noon()), held) << reason;
}

TEST(HeldNodesOfPods, ANewPodOnItsWayHoldsNothingUp) {
  EXPECT_TRUE(held_with_an_old_pod(waiting_pod("n1", "ContainerCreating"), noon() + 5h).empty());
  EXPECT_TRUE(held_with_an_old_pod(scheduled_pod("n1"), noon() + 29s).empty());
  EXPECT_TRUE(held_with_an_old_pod(running_pod("n1")).empty());
}

TEST(HeldNodesOfPods, TheNewestPodDecidesAndTheMaxSurgeOfOneThatIsAloneIsFree) {
  Pods pods;
  const auto put = [&](const std::string& name, const json& pod) {
    pods.put(name, summarize(pod));
  };
  put("old", waiting_pod("n1", "ImagePullBackOff", "m", noon() - 1h));
  put("new", waiting_pod("n1", "ContainerCreating"));
  put("alone", waiting_pod("n2", "ErrImagePull"));
  const auto deleted = [](json pod) {
    pod["metadata"]["deletionTimestamp"] = to_rfc3339(noon());
    return pod;
  };
  put("dying", deleted(running_pod("n3", noon() - 1h)));
  put("its-next", scheduled_pod("n3"));
  put("ending", deleted(waiting_pod("n4", "ErrImagePull")));
  EXPECT_EQ(held_nodes(pods, noon() + 1min), (std::vector<HeldNode>{{"n2", false}, {"n3", false}}));
}

}  // namespace
}  // namespace kip::core
