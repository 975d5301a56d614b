#include "core/pods.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace kip::core {

namespace {

// Waiting reasons of a kubelet that has not got the image (kubernetes/pkg/kubelet/images/types.go
// names the errors). ErrImagePull carries the runtime's message, so it is the most telling.
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

std::size_t rank(std::string_view reason) {
  return static_cast<std::size_t>(std::find(pull_reasons.begin(), pull_reasons.end(), reason) -
                                  pull_reasons.begin());
}

std::string image_in_spec(const json& pod, std::string_view list, const std::string& name) {
  for (const auto& container : array_at(pod, list))
    if (string_at(container, "/name") == name) return string_at(container, "/image");
  return {};
}

void add_waiting(const json& pod, std::string_view statuses, std::string_view specs,
                 PodSummary& out) {
  for (const auto& status : array_at(pod, statuses)) {
    const std::string reason = string_at(status, "/state/waiting/reason");
    if (reason.empty() || holds(passing_reasons, reason)) continue;
    const std::string name = string_at(status, "/name");
    out.waiting.push_back({name, image_in_spec(pod, specs, name), reason,
                           string_at(status, "/state/waiting/message"),
                           holds(pull_reasons, reason)});
  }
}

// Runtimes write "repository@sha256:…"; an image that was imported has only the ID of its
// configuration.
std::string digest_of(const std::string& image_id) {
  const auto at_sign = image_id.rfind('@');
  return at_sign == std::string::npos ? std::string() : image_id.substr(at_sign + 1);
}

Copies copies_of(const json& pod) {
  auto copies = std::make_shared<std::vector<Copy>>();
  for (const auto& status : array_at(pod, "/status/containerStatuses")) {
    const std::string image_id = string_at(status, "/imageID");
    if (!image_id.empty()) copies->push_back({string_at(status, "/name"), digest_of(image_id)});
  }
  return copies;
}

}  // namespace

const Copies& no_copies() {
  static const Copies none = std::make_shared<std::vector<Copy>>();
  return none;
}

bool PodSummary::operator==(const PodSummary& other) const {
  return node == other.node && ready == other.ready && deleting == other.deleting &&
         unschedulable == other.unschedulable && waiting == other.waiting &&
         *copies == *other.copies;
}

PodSummary summarize(const json& pod) {
  PodSummary summary;
  summary.node = string_at(pod, "/spec/nodeName");
  summary.deleting = has(pod, "/metadata/deletionTimestamp");
  for (const auto& condition : array_at(pod, "/status/conditions")) {
    const bool is_true = string_at(condition, "/status") == "True";
    if (string_at(condition, "/type") == "Ready") summary.ready = is_true;
    if (string_at(condition, "/type") == "PodScheduled" && !is_true &&
        string_at(condition, "/reason") == "Unschedulable")
      summary.unschedulable = string_at(condition, "/message");
  }
  add_waiting(pod, "/status/initContainerStatuses", "/spec/initContainers", summary);
  add_waiting(pod, "/status/containerStatuses", "/spec/containers", summary);
  summary.copies = copies_of(pod);
  return summary;
}

std::map<std::string, ImageSpread> spread(const Pods& pods) {
  std::map<std::string, std::map<std::string, std::size_t>> by_digest;  // container → digest → pods
  std::map<std::string, std::set<std::string_view>> nodes;
  for (const auto& [pod_name, pod] : pods) {
    for (const auto& copy : *pod.copies) {
      ++by_digest[copy.name][copy.digest];
      nodes[copy.name].insert(pod.node);
    }
  }
  std::map<std::string, ImageSpread> out;
  for (const auto& [name, digests] : by_digest) {
    const auto most =
        std::max_element(digests.begin(), digests.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    out[name] = {nodes[name].size(), most->first};
  }
  return out;
}

std::vector<ImageTrouble> troubles(const Pods& pods) {
  std::map<std::string, ImageTrouble> by_name;
  for (const auto& [pod_name, pod] : pods) {
    if (pod.deleting) continue;
    for (const auto& waiting : pod.waiting) {
      auto [entry, is_new] = by_name.try_emplace(waiting.name);
      ImageTrouble& trouble = entry->second;
      trouble.nodes.push_back(pod.node);
      if (is_new || rank(waiting.reason) < rank(trouble.reason)) {
        trouble.name = waiting.name;
        trouble.image = waiting.image;
        trouble.pull_failed = waiting.pull_failed;
        trouble.reason = waiting.reason;
        trouble.message = waiting.message;
      }
    }
  }
  std::vector<ImageTrouble> list;
  for (auto& [name, trouble] : by_name) {
    std::sort(trouble.nodes.begin(), trouble.nodes.end());
    trouble.nodes.erase(std::unique(trouble.nodes.begin(), trouble.nodes.end()),
                        trouble.nodes.end());
    list.push_back(std::move(trouble));
  }
  return list;
}

std::size_t nodes_that_cannot_pull(const Pods& pods) {
  std::set<std::string_view> nodes;
  for (const auto& [name, pod] : pods) {
    const bool blocked = std::any_of(pod.waiting.begin(), pod.waiting.end(),
                                     [](const auto& waiting) { return waiting.pull_failed; });
    if (blocked && !pod.deleting) nodes.insert(pod.node);
  }
  return nodes.size();
}

}  // namespace kip::core
