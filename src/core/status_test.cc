#include "core/status.h"

#include <gtest/gtest.h>

#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace testing;

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

}  // namespace
}  // namespace kip::core
