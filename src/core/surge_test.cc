#include "core/surge.h"

#include <gtest/gtest.h>

#include "testing/pods.h"

namespace kip::core {

using namespace std::chrono_literals;

using namespace testing;

namespace {

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

using types::NodeCount;

struct Case {
  json configured, observed;
  std::size_t nodes, held;
  json expected;
};

void expect(std::initializer_list<Case> cases) {
  for (const auto& c : cases)
    EXPECT_EQ(max_surge(NodeCount::from_json(c.configured), NodeCount::from_json(c.observed),
                        c.nodes, c.held)
                  .to_json(),
              c.expected)
        << c.configured << " " << c.observed << " " << c.nodes << " " << c.held;
}

TEST(MaxSurge, IsRaisedByThePlacesThatAreHeldWhereFewAreLeft) {
  expect({
      {50, 50, 1000, 0, 50},            // nothing is wrong
      {50, 50, 1000, 25, 50},           // half of the places are left
      {50, 50, 1000, 26, 76},           // fewer
      {50, 50, 1000, 49, 99},           //
      {50, 76, 1000, 51, 76},           // half of the configured number is left again
      {50, 76, 1000, 52, 102},          //
      {50, 50, 1000, 970, 1000},        // never more than there are nodes
      {50, 1000, 1000, 1000, 1000},     //
      {50, 50, 20, 20, 50},             // all nodes pull at once anyway
      {"10%", "10%", 1000, 51, 151},    //
      {"10%", "10%", 1000, 50, "10%"},  //
      {"1%", "1%", 5, 1, 2},            // percentages round up
      {50, nullptr, 1000, 10, 50},      // a DaemonSet of the Go version has none
      {50, nullptr, 1000, 60, 110},     //
      {100, 50, 1000, 40, 100},         // the setting was raised
      {40, 50, 1000, 3, 40},            // the setting was lowered
      {50, 50, 0, 3, 50},               // no nodes known yet
  });
}

TEST(MaxSurge, ForAnOnlyPlaceThatAFullNodeHoldsThereIsAnother) {
  expect({{1, 1, 4, 1, 2}, {1, 2, 4, 1, 2}, {1, 2, 4, 2, 3}, {1, 3, 4, 0, 1}, {2, 2, 9, 1, 2}});
}

TEST(MaxSurge, IsLoweredWhenTheNeedIsGone) {
  expect({
      {50, 150, 1000, 80, 150},  // 70 are free
      {50, 150, 1000, 75, 125},  // 75 are
      {50, 76, 1000, 13, 76},    //
      {50, 76, 1000, 12, 50},    // exactly what is configured, long before none is held
      {50, 400, 1000, 0, 50},    //
      {"10%", 151, 1000, 0, "10%"},
  });
}

TEST(MaxSurge, LeavesTheConfiguredNumberToThoseThatPullWhateverTheOrder) {
  NodeCount observed = 50;
  int writes = 0;
  std::size_t held = 0;
  for (const int step : {7, 30, -12, 300, 100, -9, -1, 9, 1, -200, 50, -150, -125}) {
    held += static_cast<std::size_t>(step);
    const NodeCount next = max_surge(50, observed, 1000, held);
    if (next != observed) ++writes;
    observed = next;
    EXPECT_EQ(max_surge(50, observed, 1000, held), observed);  // it is not written twice
    const auto free = observed.of(1000) - held;
    EXPECT_GE(free, 25U) << held;
    EXPECT_LE(free, 75U) << held;
  }
  EXPECT_EQ(observed, NodeCount(50));
  EXPECT_LE(writes, 7);
}

}  // namespace

}  // namespace kip::core
