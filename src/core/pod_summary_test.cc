#include "core/pod_summary.h"

#include <gtest/gtest.h>

#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using Kind = PodFailure::Kind;

PodFailure failure(const json& pod) {
  const PodSummary summary = summarize(pod);
  return summary.unwell && !summary.unwell->whole.empty() ? summary.unwell->whole.front()
                                                          : PodFailure{};
}

TEST(PodSummary, AHealthyPodHasNothingToTell) {
  const PodSummary summary = summarize(running_pod("n1"));
  EXPECT_EQ(summary.node, "n1");
  EXPECT_EQ(summary.created, noon());
  EXPECT_EQ(summary.unwell, nullptr);
}

TEST(PodSummary, APodThatPullsIsWellHoweverLongItTakes) {
  EXPECT_EQ(summarize(waiting_pod("n1", "ContainerCreating")).unwell, nullptr);
  EXPECT_EQ(summarize(waiting_pod("n1", "PodInitializing")).unwell, nullptr);
}

TEST(PodSummary, AnImageThatCannotBePulledIsKeptWithItsError) {
  const auto unwell = summarize(waiting_pod("n1", "ErrImagePull", "not found")).unwell;
  ASSERT_TRUE(unwell);
  EXPECT_EQ(unwell->waiting,
            (std::vector<WaitingContainer>{{"a", "reg/a:1", "ErrImagePull", "not found", true}}));
  EXPECT_TRUE(unwell->whole.empty());
}

TEST(PodSummary, AFullNodeIsKnownThoughThePodHasNoNodeYet) {
  const PodSummary summary = summarize(unschedulable_pod("n2"));
  EXPECT_EQ(summary.node, "n2");
  EXPECT_EQ(failure(unschedulable_pod("n2")),
            (PodFailure{Kind::unschedulable, "Unschedulable",
                        "0/4 nodes are available: 1 Insufficient cpu.", noon() + 30s}));
}

TEST(PodSummary, APodThatNoSchedulerSeesIsAFailureToo) {
  EXPECT_EQ(failure(new_pod("n1")).reason, "Unscheduled");
  EXPECT_EQ(failure(new_pod("n1")).from, noon() + 30s);
}

TEST(PodSummary, ADeadNodeDoesNotTakeUpItsNewPod) {
  const PodFailure found = failure(scheduled_pod("n1"));
  EXPECT_EQ(found.kind, Kind::silent_kubelet);
  EXPECT_EQ(found.reason, "NodeNotReady");
  EXPECT_EQ(found.from, noon() + 30s);
}

TEST(PodSummary, ADeadNodesOldPodIsNotReadyThoughItsContainersAre) {
  json pod = running_pod("n1");
  pod["status"]["conditions"].back() = condition("Ready", false, noon() + 1h);
  const PodFailure found = failure(pod);
  EXPECT_EQ(found.kind, Kind::not_ready);
  EXPECT_EQ(found.reason, "NodeNotReady");
  EXPECT_EQ(found.from, noon() + 1h + 20s);  // after an outage of the API server it is back by then
}

TEST(PodSummary, ANetworkThatIsBrokenGivesNoSandbox) {
  json pod = waiting_pod("n1", "ContainerCreating");
  pod["status"]["conditions"][1] = condition("PodReadyToStartContainers", false, noon() + 1s);
  const PodFailure found = failure(pod);
  EXPECT_EQ(found.kind, Kind::no_sandbox);
  EXPECT_EQ(found.from, noon() + 31s);
}

TEST(PodSummary, APodThatTheKubeletRefusedOrEvictedIsToldInItsWords) {
  json pod = scheduled_pod("n1");
  pod["status"].update({{"phase", "Failed"}, {"reason", "Evicted"}, {"message", "low on memory"}});
  EXPECT_EQ(failure(pod), (PodFailure{Kind::failed, "Evicted", "low on memory", noon()}));
}

TEST(PodSummary, APodThatDoesNotEndIsAFailureAfterItsGracePeriod) {
  json pod = waiting_pod("n1", "ErrImagePull");
  pod["metadata"]["deletionTimestamp"] = to_rfc3339(noon() + 1h);
  const PodFailure found = failure(pod);
  EXPECT_EQ(found.kind, Kind::terminating);
  EXPECT_EQ(found.from, noon() + 1h + 30s);
  EXPECT_TRUE(summarize(pod).unwell->waiting.empty());
}

TEST(PodSummary, ADeadNodeStaysTheCauseWhenItsOldPodIsDeleted) {
  json pod = running_pod("n1");
  pod["status"]["conditions"].back() = condition("Ready", false, noon() + 1h);
  pod["metadata"]["deletionTimestamp"] = to_rfc3339(noon() + 2h + 30s);
  pod["metadata"]["deletionGracePeriodSeconds"] = 30;
  EXPECT_EQ(failure(pod).kind, Kind::not_ready);
  pod["metadata"]["deletionTimestamp"] = to_rfc3339(noon() + 1h + 29s);  // it died afterwards
  EXPECT_EQ(failure(pod).kind, Kind::terminating);
}

TEST(PodSummary, ALongMessageIsCut) {
  const auto unwell = summarize(waiting_pod("n1", "ErrImagePull", std::string(5000, 'x'))).unwell;
  EXPECT_EQ(unwell->waiting.front().message.size(), longest_pod_message);
}

TEST(PodSummary, WhatIsNoPodHasNoContainers) {
  const auto summary =
      summarize(json::parse(R"({"status":{"containerStatuses":"x","conditions":[1,null]}})"));
  EXPECT_EQ(summary.node, "");
  EXPECT_TRUE(summary.unwell->waiting.empty());
}

TEST(PodSummary, TheDigestIsTheRuntimesAndAnIdOfAConfigurationIsNone) {
  json pod = running_pod("n1");
  EXPECT_EQ(summarize(pod).copies, no_copies());  // no container has an image yet
  pod["status"]["containerStatuses"][0]["imageID"] = "reg/a@sha256:aa";
  pod["status"]["containerStatuses"][1]["imageID"] = "sha256:of-the-configuration";
  EXPECT_EQ(*summarize(pod).copies, (std::vector<Copy>{{"a", "sha256:aa"}, {"b", ""}}));
}

}  // namespace
}  // namespace kip::core
