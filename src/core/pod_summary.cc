#include "core/pod_summary.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "core/fetch_report.h"
#include "core/held_images.h"
#include "core/names.h"
#include "types/image_reference.h"
#include "types/pull_failure.h"

namespace kip::core {

namespace {

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
  using types::PullFailure;
  switch (types::pull_failure_of(message)) {
    case PullFailure::not_found:
    case PullFailure::unauthorized:
    case PullFailure::denied:
      return "on disk, registry refuses it: " + message;
    case PullFailure::network:
    case PullFailure::timeout:
      return "on disk, registry unreachable: " + message;
    case PullFailure::rate_limited:
      return "on disk, registry limits requests: " + message;
    default:
      return "on disk, not asked for again: " + message;
  }
}

const json& named(const json& list, const std::string& name) {
  static const json none;
  for (const auto& one : list)
    if (string_at(one, "/name") == name) return one;
  return none;
}

// How a container ended at last, also before it was started anew.
const json& ended(const json& status) {
  const json& now = object_at(status, "/state/terminated");
  return now.empty() ? object_at(status, "/lastState/terminated") : now;
}

// The images of a pod whose agent pulls them, and what it tells of each; none as long as it has
// told nothing.
struct Fetched {
  std::vector<HeldImage> images;
  std::vector<FetchedImage> results;  // empty, or one for each
};

Fetched fetched(const json& pod, const json& fetch) {
  const json& status =
      named(array_at(pod, "/status/initContainerStatuses"), string_at(fetch, "/name"));
  Fetched all = {held_images(object_at(pod, "/spec")), {}};
  all.results = read_fetch_report(string_at(ended(status), "/message"), all.images.size());
  return all;
}

void add_what_was_not_fetched(const json& pod, const json& fetch, Unwell& out) {
  const Fetched all = fetched(pod, fetch);
  for (std::size_t i = 0; i < all.results.size(); ++i)
    if (all.results[i].state == FetchedImage::State::failed)
      out.waiting.push_back({all.images[i].name, all.images[i].reference, "ErrImagePull",
                             cut(all.results[i].message, longest_pod_message), true});
}

// That it is started anew says nothing of why.
std::string with_its_end(std::string message, const json& status) {
  const json& end = ended(status);
  if (end.empty()) return message;
  message += "; it ended with " + std::to_string(int_at(end, "/exitCode"));
  for (const char* words : {"/reason", "/message"})
    if (const std::string text = string_at(end, words); !text.empty()) message += ", " + text;
  return message;
}

void add_waiting(const json& pod, std::string_view statuses, std::string_view specs, Unwell& out) {
  const bool by_volumes = has_image_volumes(object_at(pod, "/spec"));
  const json& fetch = fetching_container(object_at(pod, "/spec"));
  for (const auto& status : array_at(pod, statuses)) {
    const std::string name = string_at(status, "/name");
    const bool is_fetch = !fetch.is_null() && name == string_at(fetch, "/name");
    if (is_fetch) {
      const std::size_t before = out.waiting.size();
      add_what_was_not_fetched(pod, fetch, out);
      if (out.waiting.size() > before) continue;  // which says more than that it is started anew
    }
    const std::string reason = string_at(status, "/state/waiting/reason");
    if (reason.empty() || holds(passing_reasons, reason)) continue;
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
    if (is_fetch && !waiting.pull_failed)
      waiting.message = with_its_end(std::move(waiting.message), status);
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

// containerd names an image by the first repository that its content came from: what another
// repository's tag has says nothing of this one's.
std::string digest_of(const std::string& image_id, const std::string& reference) {
  const std::string repository = types::repository_of(image_id.substr(0, image_id.rfind('@')));
  if (!repository.empty() && repository != types::repository_of(reference)) return {};
  return digest_of(image_id);
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
        const Copy copy = {volume.name, digest_of(string_at(mount, "/volumeStatus/image/imageRef")),
                           volume.reference};
        const auto known = std::find_if(copies.begin(), copies.end(),
                                        [&](const Copy& other) { return other.name == copy.name; });
        if (known == copies.end()) copies.push_back(copy);
      }
    }
  }
}

// Those that the agent says it got.
void add_fetched(const json& pod, const json& fetch, std::vector<Copy>& copies) {
  Fetched all = fetched(pod, fetch);
  for (std::size_t i = 0; i < all.results.size(); ++i)
    if (all.results[i].state == FetchedImage::State::there)
      copies.push_back({std::move(all.images[i].name), std::move(all.results[i].digest),
                        std::move(all.images[i].reference)});
}

Copies copies_of(const json& pod) {
  std::vector<Copy> copies;
  const auto add = [&](const json& status, const json& specs) {
    const std::string image_id = string_at(status, "/imageID"), name = string_at(status, "/name");
    if (image_id.empty()) return;
    std::string reference = string_at(named(specs, name), "/image");
    std::string digest = digest_of(image_id, reference);
    copies.push_back({name, std::move(digest), std::move(reference)});
  };
  const json& init = array_at(pod, init_list.specs);
  if (has_image_volumes(object_at(pod, "/spec"))) {
    add_mounted(pod, copies);
  } else if (const json& fetch = fetching_container(object_at(pod, "/spec")); !fetch.is_null()) {
    add_fetched(pod, fetch, copies);
  } else if (std::any_of(init.begin(), init.end(), is_pin)) {
    for (const auto& status : array_at(pod, init_list.statuses))
      if (is_pin(named(init, string_at(status, "/name")))) add(status, init);
  } else {
    for (const auto& status : array_at(pod, main_list.statuses))
      add(status, array_at(pod, main_list.specs));
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

}  // namespace

const Copies& no_copies() {
  static const Copies none = std::make_shared<const std::vector<Copy>>();
  return none;
}

bool PodSummary::operator==(const PodSummary& other) const {
  const bool same_unwell =
      unwell == other.unwell || (unwell && other.unwell && *unwell == *other.unwell);
  const bool same_copies = copies == other.copies || *copies == *other.copies;
  return node == other.node && created == other.created && of_template == other.of_template &&
         deleting == other.deleting && same_unwell && same_copies;
}

PodSummary summarize(const json& pod) {
  PodSummary summary;
  summary.node = node_of(pod);
  summary.created =
      from_rfc3339(string_at(pod, "/metadata/creationTimestamp")).value_or(WallTime{});
  const json& annotations = object_at(pod, "/metadata/annotations");
  const auto changed = annotations.find(changed_at);
  const bool is_told = changed != annotations.end() && changed->is_string();
  summary.of_template =
      (is_told ? from_rfc3339(changed->get_ref<const std::string&>()) : std::nullopt)
          .value_or(summary.created);
  summary.deleting = has(pod, "/metadata/deletionTimestamp");
  Unwell unwell;
  if (!summary.deleting) {
    add_waiting(pod, "/status/initContainerStatuses", "/spec/initContainers", unwell);
    add_waiting(pod, "/status/containerStatuses", "/spec/containers", unwell);
  }
  if (auto failure = failure_of_whole(pod, summary.created)) {
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
