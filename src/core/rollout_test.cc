#include "core/rollout.h"

#include <gtest/gtest.h>

namespace kip::core {
namespace {

json with_counts(int nodes, int updated, int ready = 0) {
  return {{"metadata", {{"generation", 3}}},
          {"status",
           {{"observedGeneration", 3},
            {"desiredNumberScheduled", nodes},
            {"updatedNumberScheduled", updated},
            {"numberReady", ready}}}};
}

json unseen(json daemonset) {
  daemonset["metadata"]["generation"] = 4;
  return daemonset;
}

bool is_rolling_out(const json& daemonset, std::size_t held) {
  return rollout(daemonset, held).is_rolling_out();
}

TEST(Rollout, ANodeIsWarmWithAReadyPodOfThePresentTemplate) {
  EXPECT_TRUE(rollout(with_counts(3, 3, 3), 0).is_warm());
  EXPECT_EQ(rollout(with_counts(3, 3, 2), 0).warm(), 2);
  EXPECT_EQ(rollout(with_counts(3, 1, 3), 0).warm(), 1) << "the old pods of two nodes are Ready";
  EXPECT_FALSE(rollout(with_counts(3, 1, 3), 0).is_warm());
}

TEST(Rollout, ANodeThatIsHeldIsNotWarm) {
  EXPECT_FALSE(rollout(with_counts(3, 2, 2), 1).is_warm());
}

TEST(Rollout, WithoutNodesEveryNodeIsWarm) { EXPECT_TRUE(rollout(with_counts(0, 0), 0).is_warm()); }

TEST(Rollout, CountsOfAnEarlierSpecMakeNoNodeWarm) {
  const Rollout earlier = rollout(unseen(with_counts(3, 3, 3)), 0);
  EXPECT_EQ(earlier.warm(), 0);
  EXPECT_FALSE(earlier.is_warm());
  EXPECT_FALSE(rollout(unseen(with_counts(0, 0)), 0).is_warm());
  EXPECT_FALSE(rollout(nullptr, 0).is_warm());
}

TEST(Rollout, ItIsUnderWayUntilNearlyEveryNodeHasANewPod) {
  EXPECT_FALSE(is_rolling_out(with_counts(10, 10), 0));
  EXPECT_FALSE(is_rolling_out(with_counts(10, 9), 0));
  EXPECT_TRUE(is_rolling_out(with_counts(10, 8), 0));
  EXPECT_FALSE(is_rolling_out(with_counts(1000, 950), 0));
  EXPECT_TRUE(is_rolling_out(with_counts(1000, 949), 0));
  EXPECT_TRUE(is_rolling_out(with_counts(1, 0), 0));
  EXPECT_TRUE(is_rolling_out(unseen(with_counts(2, 2)), 1000));
}

TEST(Rollout, NodesThatAreHeldAreNotWaitedFor) {
  EXPECT_FALSE(is_rolling_out(with_counts(10, 5), 4));
  EXPECT_TRUE(is_rolling_out(with_counts(10, 4), 4));
  EXPECT_FALSE(is_rolling_out(with_counts(1, 0), 1));
}

TEST(Rollout, ItIsOverWhenEveryNodeThatIsNotHeldIsReady) {
  EXPECT_TRUE(rollout(with_counts(10, 10, 10), 0).is_rolled_out());
  EXPECT_FALSE(rollout(with_counts(10, 10, 9), 0).is_rolled_out());
  EXPECT_TRUE(rollout(with_counts(10, 9, 9), 1).is_rolled_out());
  EXPECT_FALSE(rollout(with_counts(10, 5, 10), 0).is_rolled_out()) << "old pods are Ready, too";
  EXPECT_FALSE(rollout(unseen(with_counts(10, 10, 10)), 0).is_rolled_out());
}

}  // namespace
}  // namespace kip::core
