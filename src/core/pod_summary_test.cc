#include "core/pod_summary.h"

#include <gtest/gtest.h>

#include "core/desired.h"
#include "testing/pods.h"
#include "testing/settings.h"

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
  EXPECT_EQ(*summarize(pod).copies,
            (std::vector<Copy>{{"a", "sha256:aa", "reg/a:1"}, {"b", "", "reg/b:1"}}));
}

json pod_in(config::CacheMode mode, const std::string& node = "n1") {
  config::Settings settings = some_settings();
  settings.cache_mode = mode;
  return pod_of(desired_daemonset(settings, {}, new_record(settings, noon()), 50), node);
}

constexpr const char *theia = "quay.io/eclipse/che-theia:next", *ubi = "registry.test/ubi8:8.10";

TEST(Summarize, InitContainersThatHaveEndedTellWhichImagesAPodPins) {
  json pod = pod_in(config::CacheMode::pin);
  take(pod, "copy-sleep", "kip@sha256:00");
  EXPECT_EQ(summarize(pod).copies, no_copies());
  take(pod, "theia", "quay.io/eclipse/che-theia@sha256:aa");
  fail(pod, "ubi", "ErrImagePull", "not found");
  const PodSummary summary = summarize(pod);
  EXPECT_EQ(*summary.copies, (std::vector<Copy>{{"theia", "sha256:aa", theia}}));
  ASSERT_EQ(summary.unwell->waiting.size(), 1U);
  EXPECT_EQ(summary.unwell->waiting[0].name, "ubi");
  EXPECT_EQ(summary.unwell->waiting[0].image, "registry.test/ubi8:8.10");
}

const std::string short_digest = std::string(41, 'A') + "P8";
const std::string digest = "sha256:" + std::string(62, '0') + "ff";
const std::string one_failed =
    R"({"images":2,"failed":1,"failures":[{"at":1,"image":"registry.test/ubi8:8.10",)"
    R"("kind":"not found","message":"no such tag"}],"digests":[")" +
    short_digest + R"(",null]})";

json ended(int code, const std::string& message) {
  return {{"terminated", {{"exitCode", code}, {"reason", "Error"}, {"message", message}}}};
}

TEST(Summarize, AnAgentThatPullsHasToldNothingYet) {
  json pod = pod_in(config::CacheMode::agent);
  take(pod, "copy-sleep", "kip@sha256:00");
  status_of(pod, "fetch")["state"] = {{"running", {{"startedAt", to_rfc3339(noon())}}}};
  const PodSummary summary = summarize(pod);
  EXPECT_EQ(summary.copies, no_copies());
  EXPECT_EQ(summary.unwell, nullptr);
}

TEST(Summarize, AnAgentTellsWhichImagesThereAreAndWhyOthersAreNot) {
  json pod = pod_in(config::CacheMode::agent);
  const auto expect_told = [&] {
    const PodSummary summary = summarize(pod);
    EXPECT_EQ(*summary.copies, (std::vector<Copy>{{"theia", digest, theia}}));
    ASSERT_TRUE(summary.unwell);
    EXPECT_EQ(summary.unwell->waiting,
              (std::vector<WaitingContainer>{{"ubi", ubi, "ErrImagePull", "no such tag", true}}));
  };
  json& status = status_of(pod, "fetch");
  status["state"] = ended(1, one_failed);
  expect_told();
  status["lastState"] = ended(1, one_failed);  // it is to be started anew
  fail(pod, "fetch", "CrashLoopBackOff", "back-off 10s restarting failed container");
  expect_told();
  status["state"] = {{"running", {{"startedAt", to_rfc3339(noon())}}}};
  expect_told();
  status["state"] = ended(0, R"({"images":2,"failed":0,"digests":[]})");
  const PodSummary summary = summarize(pod);
  EXPECT_EQ(*summary.copies, (std::vector<Copy>{{"theia", "", theia}, {"ubi", "", ubi}}));
  EXPECT_EQ(summary.unwell, nullptr);
}

TEST(Summarize, AnAgentThatLeavesNoSenseHasNoImagesAndItsEndIsTold) {
  json pod = pod_in(config::CacheMode::agent);
  json& status = status_of(pod, "fetch");
  for (const char* message :
       {"", "panic", R"({"images":3})", R"({"images":2,"failures":[{"at":9}]})"}) {
    status["lastState"] = ended(78, message);
    fail(pod, "fetch", "CrashLoopBackOff", "back-off 10s");
    const PodSummary summary = summarize(pod);
    EXPECT_EQ(summary.copies, no_copies());
    ASSERT_EQ(summary.unwell->waiting.size(), 1U);
    const WaitingContainer& waiting = summary.unwell->waiting[0];
    EXPECT_EQ(waiting.name, "fetch");
    EXPECT_EQ(waiting.reason, "CrashLoopBackOff");
    EXPECT_FALSE(waiting.pull_failed);
    EXPECT_EQ(waiting.message, "back-off 10s; it ended with 78, Error" +
                                   (*message ? ", " + std::string(message) : ""));
  }
}

TEST(Summarize, TheAgentsOwnImageThatCannotBePulledIsNamed) {
  json pod = pod_in(config::CacheMode::agent);
  fail(pod, "fetch", "ErrImagePull", "not found");
  const auto unwell = summarize(pod).unwell;
  ASSERT_TRUE(unwell);
  EXPECT_EQ(unwell->waiting,
            (std::vector<WaitingContainer>{{"fetch", "quay.io/eclipse/image-puller-agent:next",
                                            "ErrImagePull", "not found", true}}));
}

TEST(Summarize, AContainerThatBeganHasAllItsImageVolumes) {
  json pod = pod_in(config::CacheMode::volume);
  take(pod, "copy-sleep", "kip@sha256:00");
  EXPECT_EQ(summarize(pod).copies, no_copies());
  take(pod, "sleep", "kip@sha256:00");
  EXPECT_EQ(*summarize(pod).copies, (std::vector<Copy>{{"theia", "", theia}, {"ubi", "", ubi}}));
  // Kubelets with the feature gate ImageVolumeWithDigest tell which.
  status_of(pod, "sleep")["volumeMounts"] =
      json::parse(R"([{"name":"ubi","volumeStatus":{"image":{"imageRef":"r@sha256:bb"}}}])");
  EXPECT_EQ(*summarize(pod).copies,
            (std::vector<Copy>{{"theia", "", theia}, {"ubi", "sha256:bb", ubi}}));
}

TEST(Summarize, AnImageVolumeThatFailsIsFoundInTheMessage) {
  for (const char* text :
       {"Back-off pulling image \"registry.test/ubi8:8.10\": ErrImagePull: not found",
        "failed to pull and unpack image \"mirror/registry.test/ubi8:8.10\": not found"}) {
    json pod = pod_in(config::CacheMode::volume);
    fail(pod, "sleep", "ImagePullBackOff", text);
    const auto unwell = summarize(pod).unwell;
    ASSERT_EQ(unwell->waiting.size(), 1U);
    EXPECT_EQ(unwell->waiting[0].name, "ubi");
    EXPECT_EQ(unwell->waiting[0].image, "registry.test/ubi8:8.10");
  }
  json pod = pod_in(config::CacheMode::volume);
  fail(pod, "sleep", "ImagePullBackOff", "Back-off pulling image \"elsewhere:1\"");
  EXPECT_EQ(summarize(pod).unwell->waiting[0].name, "sleep");
}

TEST(Summarize, ANodeThatDoesNotKnowImageVolumesIsToldSo) {
  json pod = pod_in(config::CacheMode::volume);
  fail(pod, "sleep", "CreateContainerError",
       "failed to apply OCI options: failed to mkdir \"\": mkdir : no such file or directory");
  const auto unwell = summarize(pod).unwell;
  ASSERT_EQ(unwell->waiting.size(), 1U);
  EXPECT_EQ(unwell->waiting[0].reason, "ImageVolumesUnknown");
  EXPECT_NE(unwell->waiting[0].message.find("does not know image volumes"), std::string::npos);

  json stuck = pod_in(config::CacheMode::volume);  // its kubelet finds no plugin
  for (auto& each : stuck["status"]["conditions"])
    if (each["type"] == "PodReadyToStartContainers") each["status"] = "False";
  ASSERT_NE(summarize(stuck).unwell, nullptr);
  EXPECT_NE(summarize(stuck).unwell->whole[0].message.find("CACHE_MODE=volume"), std::string::npos);
}

TEST(PodSummary, AnImageThatRanHereBeforeIsOnDiskWhereItsRegistryIsAway) {
  json pod = running_pod("n1", "reg/a@sha256:0", "reg/b@sha256:1");
  json& status = pod["status"]["containerStatuses"][0];
  const auto message = [&](const std::string& words, const std::string& image_id) {
    status["imageID"] = image_id;
    status["state"] = {{"waiting", {{"reason", "ErrImagePull"}, {"message", words}}}};
    const PodSummary summary = summarize(pod);
    EXPECT_TRUE(summary.unwell);
    return summary.unwell ? summary.unwell->waiting.at(0).message : "";
  };
  EXPECT_EQ(message("dial tcp: connection refused", "reg/a@sha256:0"),
            "on disk, registry unreachable: dial tcp: connection refused");
  EXPECT_EQ(message("pull access denied", "reg/a@sha256:0"),
            "on disk, registry refuses it: pull access denied");
  EXPECT_EQ(message("dial tcp: connection refused", ""), "dial tcp: connection refused");
  status["imageID"] = "reg/a@sha256:0";
  EXPECT_EQ(summarize(pod).copies->size(), 2U) << "and counts as there";
}

TEST(PodSummary, OnlyARegistryThatIsAwayIsCalledUnreachable) {
  json pod = running_pod("n1", "reg/a@sha256:0", "reg/b@sha256:1");
  json& status = pod["status"]["containerStatuses"][0];
  for (const char* words :
       {"reading manifest 1 in reg/a: manifest unknown",
        "toomanyrequests: You have reached your limit", "429 Too Many Requests",
        "write /var/lib/x: no space left on device", "Back-off pulling image \"reg/a:1\""}) {
    status["state"] = {{"waiting", {{"reason", "ErrImagePull"}, {"message", words}}}};
    EXPECT_EQ(summarize(pod).unwell->waiting.at(0).message.find("registry unreachable"),
              std::string::npos)
        << words;
  }
}

TEST(Summarize, ADigestThatTheRuntimeTellsOfAnotherRepositoryIsNone) {
  json pod = running_pod("n1", "reg/other@sha256:aa", "docker.io/reg/b@sha256:bb");
  EXPECT_EQ(*summarize(pod).copies,
            (std::vector<Copy>{{"a", "", "reg/a:1"}, {"b", "sha256:bb", "reg/b:1"}}));
}

}  // namespace
}  // namespace kip::core
