#include "core/pod_summary.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "core/pod_template.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

// What may pass by itself is told when it has lasted this long: short enough that with the news'
// own way and a late timer it is told within a minute.
constexpr Duration patience = 30s;

// Twice the kubelet's nodeStatusUpdateFrequency.
constexpr Duration until_next_report = std::chrono::seconds{20};

// Waiting reasons of a kubelet that has not got the image (kubernetes/pkg/kubelet/images/types.go
// names the errors).
constexpr std::array<std::string_view, 7> pull_reasons = {
    "ErrImagePull",      "InvalidImageName",          "ImageInspectError",
    "ErrImageNeverPull", "SignatureValidationFailed", "RegistryUnavailable",
    "ImagePullBackOff",
};

// Reasons of a container that is merely on its way.
constexpr std::array<std::string_view, 2> passing_reasons = {"ContainerCreating",
                                                             "PodInitializing"};

template <std::size_t n>
bool holds(const std::array<std::string_view, n>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string image_in_spec(const json& pod, std::string_view list, const std::string& name) {
  for (const auto& container : array_at(pod, list))
    if (string_at(container, "/name") == name) return string_at(container, "/image");
  return {};
}

// Whether the message has the reference as the last part of a name in quotes, as the kubelet and
// runtimes write it: with the registry before it and the tag behind it that are meant.
bool names(const std::string& message, const std::string& reference) {
  return !reference.empty() && (message.find(reference + "\"") != std::string::npos ||
                                message.find(reference + ":latest\"") != std::string::npos);
}

// An image volume that cannot be had is told as trouble of the container that mounts it: the one
// whose reference ends the longest of the names in quotes that the message has.
void blame_image_volume(const json& pod, WaitingContainer& waiting) {
  std::string_view longest;
  if (names(waiting.message, waiting.image)) longest = waiting.image;
  const std::vector<HeldImage> volumes = held_images(object_at(pod, "/spec"));
  for (const auto& volume : volumes) {
    if (!names(waiting.message, volume.reference) || volume.reference.size() <= longest.size())
      continue;
    longest = volume.reference;
    waiting.name = volume.name;
    waiting.image = volume.reference;
  }
}

// containerd before 2.1 takes an image volume for a bind mount without a source.
bool is_without_image_volumes(const WaitingContainer& waiting) {
  return waiting.message.find("failed to mkdir \"\"") != std::string::npos;
}

// A container that ran here before, as after a reboot of the node: its image is on the disk, and
// held by what is left of it.
std::string on_disk(const std::string& message) {
  constexpr std::array<std::string_view, 4> refusals = {"not found", "denied", "unauthorized",
                                                        "forbidden"};
  const bool is_refused = std::any_of(refusals.begin(), refusals.end(), [&](std::string_view word) {
    return message.find(word) != std::string::npos;
  });
  return (is_refused ? "on disk, registry refuses it: " : "on disk, registry unreachable: ") +
         message;
}

void add_waiting(const json& pod, std::string_view statuses, std::string_view specs, Unwell& out) {
  const bool by_volumes = has_image_volumes(object_at(pod, "/spec"));
  for (const auto& status : array_at(pod, statuses)) {
    const std::string reason = string_at(status, "/state/waiting/reason");
    if (reason.empty() || holds(passing_reasons, reason)) continue;
    const std::string name = string_at(status, "/name");
    WaitingContainer waiting = {name, image_in_spec(pod, specs, name), reason,
                                string_at(status, "/state/waiting/message"),
                                holds(pull_reasons, reason)};
    if (by_volumes && waiting.pull_failed) blame_image_volume(pod, waiting);
    if (!by_volumes && waiting.pull_failed && !string_at(status, "/imageID").empty())
      waiting.message = on_disk(waiting.message);
    if (by_volumes && is_without_image_volumes(waiting)) {
      waiting.reason = "ImageVolumesUnknown";
      waiting.message =
          "the node's container runtime does not know image volumes, which CACHE_MODE=volume "
          "needs: " +
          waiting.message;
    }
    waiting.message = cut(std::move(waiting.message), longest_pod_message);
    out.waiting.push_back(std::move(waiting));
  }
}

// Runtimes write "repository@sha256:…"; an image that was imported has only the ID of its
// configuration.
std::string digest_of(const std::string& image_id) {
  const auto at_sign = image_id.rfind('@');
  return at_sign == std::string::npos ? std::string() : image_id.substr(at_sign + 1);
}

const json& named(const json& list, const std::string& name) {
  static const json none;
  for (const auto& one : list)
    if (string_at(one, "/name") == name) return one;
  return none;
}

constexpr struct {
  const char *statuses, *specs;
} init_list = {"/status/initContainerStatuses", "/spec/initContainers"},
  main_list = {"/status/containerStatuses", "/spec/containers"};

// The image volumes that containers mount which were created: a container waits for all of its own,
// and keeps them also after its end. Their digests are told by newer kubelets only.
void add_mounted(const json& pod, std::vector<Copy>& copies) {
  const std::vector<HeldImage> volumes = held_images(object_at(pod, "/spec"));
  for (const auto& list : {init_list, main_list}) {
    for (const auto& status : array_at(pod, list.statuses)) {
      if (string_at(status, "/imageID").empty()) continue;
      const json& container = named(array_at(pod, list.specs), string_at(status, "/name"));
      for (const auto& volume : volumes) {
        if (named(array_at(container, "/volumeMounts"), volume.name).is_null()) continue;
        const json& mount = named(array_at(status, "/volumeMounts"), volume.name);
        const Copy copy = {volume.name,
                           digest_of(string_at(mount, "/volumeStatus/image/imageRef"))};
        const auto known = std::find_if(copies.begin(), copies.end(),
                                        [&](const Copy& other) { return other.name == copy.name; });
        if (known == copies.end()) copies.push_back(copy);
      }
    }
  }
}

Copies copies_of(const json& pod) {
  std::vector<Copy> copies;
  const auto add = [&](const json& status) {
    const std::string image_id = string_at(status, "/imageID");
    if (!image_id.empty()) copies.push_back({string_at(status, "/name"), digest_of(image_id)});
  };
  const json& init = array_at(pod, init_list.specs);
  if (has_image_volumes(object_at(pod, "/spec"))) {
    add_mounted(pod, copies);
  } else if (std::any_of(init.begin(), init.end(), is_pin)) {
    for (const auto& status : array_at(pod, init_list.statuses))
      if (is_pin(named(init, string_at(status, "/name")))) add(status);
  } else {
    for (const auto& status : array_at(pod, main_list.statuses)) add(status);
  }
  return copies.empty() ? no_copies() : std::make_shared<const std::vector<Copy>>(copies);
}

// The DaemonSet controller binds each pod to its node by an affinity, so it is known before the
// scheduler has placed the pod.
std::string node_of(const json& pod) {
  if (std::string node = string_at(pod, "/spec/nodeName"); !node.empty()) return node;
  constexpr auto terms =
      "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
      "/nodeSelectorTerms";
  for (const auto& term : array_at(pod, terms))
    for (const auto& field : array_at(term, "/matchFields"))
      if (string_at(field, "/key") == "metadata.name")
        for (const auto& value : array_at(field, "/values"))
          if (value.is_string()) return value.get<std::string>();
  return {};
}

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

std::optional<PodFailure> failure_of(const json& pod, WallTime created) {
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

}  // namespace

const Copies& no_copies() {
  static const Copies none = std::make_shared<const std::vector<Copy>>();
  return none;
}

bool PodSummary::operator==(const PodSummary& other) const {
  const bool same_unwell =
      unwell == other.unwell || (unwell && other.unwell && *unwell == *other.unwell);
  const bool same_copies = copies == other.copies || *copies == *other.copies;
  return node == other.node && created == other.created && deleting == other.deleting &&
         same_unwell && same_copies;
}

PodSummary summarize(const json& pod) {
  PodSummary summary;
  summary.node = node_of(pod);
  summary.created = time_at(pod, "/metadata/creationTimestamp", WallTime{});
  summary.deleting = has(pod, "/metadata/deletionTimestamp");
  Unwell unwell;
  if (!summary.deleting) {
    add_waiting(pod, "/status/initContainerStatuses", "/spec/initContainers", unwell);
    add_waiting(pod, "/status/containerStatuses", "/spec/containers", unwell);
  }
  if (auto failure = failure_of(pod, summary.created)) {
    failure->message = cut(std::move(failure->message), longest_pod_message);
    unwell.whole.push_back(*std::move(failure));
  }
  if (!unwell.waiting.empty() || !unwell.whole.empty())
    summary.unwell = std::make_shared<const Unwell>(std::move(unwell));
  summary.copies = copies_of(pod);
  return summary;
}

const PodFailure* failure_at(const PodSummary& pod, WallTime now) {
  if (!pod.unwell || pod.unwell->whole.empty() || now < pod.unwell->whole.front().from)
    return nullptr;
  return &pod.unwell->whole.front();
}

}  // namespace kip::core
