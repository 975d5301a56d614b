#include "core/pod_failure.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/held_images.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

// What may pass by itself is told when it has lasted this long: short enough that with the news'
// own way and a late timer it is told within a minute.
constexpr Duration patience = 30s;

// Twice the kubelet's nodeStatusUpdateFrequency.
constexpr Duration until_next_report = std::chrono::seconds{20};

const json& condition(const json& pod, std::string_view type) {
  static const json none;
  for (const auto& each : array_at(pod, "/status/conditions"))
    if (string_at(each, "/type") == type) return each;
  return none;
}

WallTime time_at(const json& root, std::string_view path, WallTime otherwise) {
  return from_rfc3339(string_at(root, path)).value_or(otherwise);
}

WallTime since(const json& condition, WallTime otherwise) {
  return time_at(condition, "/lastTransitionTime", otherwise);
}

bool all_containers_are_ready(const json& pod) {
  const json& statuses = array_at(pod, "/status/containerStatuses");
  return !statuses.empty() && std::all_of(statuses.begin(), statuses.end(), [](const json& each) {
    return at(each, "/ready") == json(true);
  });
}

PodFailure not_scheduled(const json& scheduled, WallTime created) {
  const std::string reason = string_at(scheduled, "/reason");
  const std::string message = string_at(scheduled, "/message");
  return {PodFailure::Kind::unschedulable, reason.empty() ? "Unscheduled" : reason,
          message.empty() ? "the scheduler does not give the pod a node" : message,
          since(scheduled, created) + patience};
}

bool kubelet_knows(const json& pod) {
  return has(pod, "/status/startTime") || !array_at(pod, "/status/containerStatuses").empty() ||
         !array_at(pod, "/status/initContainerStatuses").empty();
}

// The kubelet itself sets Ready together with its containers'. The node controller sets only Ready,
// when the node did not report for its grace period. After an outage of the API server no node
// could, and each is back with its next report, within 10 s: only what lasts is a failure.
std::optional<PodFailure> on_a_dead_node(const json& pod) {
  const json& ready = condition(pod, "Ready");
  if (string_at(ready, "/status") != "False" || !all_containers_are_ready(pod)) return std::nullopt;
  return PodFailure{PodFailure::Kind::not_ready, "NodeNotReady", "the node is not ready",
                    since(ready, WallTime{}) + until_next_report};
}

// The deletionTimestamp is the time at which the pod was to end: the grace period is in it. A node
// that was dead before is the cause, and that was known before.
PodFailure being_deleted(const json& pod, WallTime created) {
  const WallTime end = time_at(pod, "/metadata/deletionTimestamp", created);
  const auto deleted = end - std::chrono::seconds(std::clamp<std::int64_t>(
                                 int_at(pod, "/metadata/deletionGracePeriodSeconds"), 0, 86400));
  if (auto failure = on_a_dead_node(pod); failure && failure->from - until_next_report <= deleted)
    return *failure;
  return {PodFailure::Kind::terminating, "Terminating", "the pod does not end", end + patience};
}

// A pod that has a node, and whose kubelet said nothing of it, or can no longer say anything.
std::optional<PodFailure> on_its_node(const json& pod, WallTime scheduled) {
  using Kind = PodFailure::Kind;
  if (!kubelet_knows(pod))
    return PodFailure{Kind::silent_kubelet, "NodeNotReady", "the kubelet does not take up the pod",
                      scheduled + patience};
  if (auto failure = on_a_dead_node(pod)) return failure;
  const json& sandbox = condition(pod, "PodReadyToStartContainers");
  if (string_at(sandbox, "/status") == "False")
    return PodFailure{Kind::no_sandbox, "PodNotReadyToStartContainers",
                      has_image_volumes(object_at(pod, "/spec"))
                          ? "the node does not give the pod a sandbox: its network or container "
                            "runtime, or a kubelet without image volumes, which CACHE_MODE=volume "
                            "needs"
                          : "the node's network or container runtime does not give the pod a "
                            "sandbox",
                      since(sandbox, time_at(pod, "/status/startTime", scheduled)) + patience};
  return std::nullopt;
}

}  // namespace

std::optional<PodFailure> failure_of_whole(const json& pod, WallTime created) {
  if (has(pod, "/metadata/deletionTimestamp")) return being_deleted(pod, created);
  if (string_at(pod, "/status/phase") == "Failed") {
    const std::string reason = string_at(pod, "/status/reason");
    return PodFailure{PodFailure::Kind::failed, reason.empty() ? "Failed" : reason,
                      string_at(pod, "/status/message"), created};
  }
  const json& scheduled = condition(pod, "PodScheduled");
  return string_at(pod, "/spec/nodeName").empty() ? not_scheduled(scheduled, created)
                                                  : on_its_node(pod, since(scheduled, created));
}

}  // namespace kip::core
