#include "core/failures.h"

#include <algorithm>
#include <map>

namespace kip::core {

namespace {

// ErrImagePull carries the runtime's message, so it is the most telling; ImagePullBackOff only says
// that it is tried again later.
int rank(const std::string& reason, bool pull_failed) {
  if (reason == "ErrImagePull") return 0;
  if (reason == "ImagePullBackOff") return 2;
  return pull_failed ? 1 : 3;
}

void sort_once(std::vector<std::string>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

std::vector<ImageFailure> image_failures(const Pods& pods) {
  std::map<std::string_view, ImageFailure> by_name;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    for (const auto& waiting : pod->unwell->waiting) {
      auto [entry, is_new] = by_name.try_emplace(waiting.name);
      ImageFailure& failure = entry->second;
      failure.nodes.push_back(pod->node);
      if (is_new ||
          rank(waiting.reason, waiting.pull_failed) < rank(failure.reason, failure.pull_failed)) {
        failure.name = waiting.name;
        failure.image = waiting.image;
        failure.pull_failed = waiting.pull_failed;
        failure.reason = waiting.reason;
        failure.message = waiting.message;
      }
    }
  }
  std::vector<ImageFailure> list;
  for (auto& [name, failure] : by_name) {
    sort_once(failure.nodes);
    list.push_back(std::move(failure));
  }
  return list;
}

std::vector<NodeFailure> node_failures(const Pods& pods, WallTime now) {
  // A node that is down has an old pod that does not end and a new one that does not begin: the
  // kind that tells the cause comes first in the list of kinds.
  std::map<std::string_view, const PodFailure*> by_node;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    const PodFailure* failure = failure_at(*pod, now);
    if (failure == nullptr) continue;
    auto [entry, is_new] = by_node.try_emplace(pod->node, failure);
    if (!is_new && failure->kind < entry->second->kind) entry->second = failure;
  }
  std::map<std::string_view, NodeFailure> by_reason;
  for (const auto& [node, failure] : by_node) {
    auto [entry, is_new] = by_reason.try_emplace(failure->reason);
    if (is_new) entry->second = {failure->reason, failure->message, {}};
    entry->second.nodes.emplace_back(node);
  }
  std::vector<NodeFailure> list;
  list.reserve(by_reason.size());
  for (auto& [reason, failure] : by_reason) list.push_back(std::move(failure));
  return list;
}

}  // namespace

Failures failures(const Pods& pods, WallTime now) {
  return {image_failures(pods), node_failures(pods, now)};
}

std::optional<WallTime> next_failure(const Pods& pods, WallTime now) {
  std::optional<WallTime> earliest;
  for (const auto& [pod_name, pod] : pods.not_well())
    for (const auto& failure : pod->unwell->whole)
      if (failure.from > now && (!earliest || failure.from < *earliest)) earliest = failure.from;
  return earliest;
}

}  // namespace kip::core
