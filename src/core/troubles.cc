#include "core/troubles.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace kip::core {

namespace {

// ErrImagePull carries the runtime's message, so it is the most telling; ImagePullBackOff only says
// that it is tried again later.
int rank(const std::string& reason, bool pull_failed) {
  if (reason == "ErrImagePull") return 0;
  if (reason == "ImagePullBackOff") return 2;
  return pull_failed ? 1 : 3;
}

const PodTrouble* begun(const PodSummary& pod, WallTime now) {
  if (pod.unwell->whole.empty() || now < pod.unwell->whole.front().from) return nullptr;
  return &pod.unwell->whole.front();
}

void sort_once(std::vector<std::string>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

std::vector<ImageTrouble> image_troubles(const Pods& pods) {
  std::map<std::string_view, ImageTrouble> by_name;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    for (const auto& waiting : pod->unwell->waiting) {
      auto [entry, is_new] = by_name.try_emplace(waiting.name);
      ImageTrouble& trouble = entry->second;
      trouble.nodes.push_back(pod->node);
      if (is_new ||
          rank(waiting.reason, waiting.pull_failed) < rank(trouble.reason, trouble.pull_failed)) {
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
    sort_once(trouble.nodes);
    list.push_back(std::move(trouble));
  }
  return list;
}

std::vector<NodeTrouble> node_troubles(const Pods& pods, WallTime now) {
  // A node that is down has an old pod that does not end and a new one that does not begin: the
  // kind that tells the cause comes first in the list of kinds.
  std::map<std::string_view, const PodTrouble*> by_node;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    const PodTrouble* trouble = begun(*pod, now);
    if (trouble == nullptr) continue;
    auto [entry, is_new] = by_node.try_emplace(pod->node, trouble);
    if (!is_new && trouble->kind < entry->second->kind) entry->second = trouble;
  }
  std::map<std::string_view, NodeTrouble> by_reason;
  for (const auto& [node, trouble] : by_node) {
    auto [entry, is_new] = by_reason.try_emplace(trouble->reason);
    if (is_new) entry->second = {trouble->reason, trouble->message, {}};
    entry->second.nodes.emplace_back(node);
  }
  std::vector<NodeTrouble> list;
  list.reserve(by_reason.size());
  for (auto& [reason, trouble] : by_reason) list.push_back(std::move(trouble));
  return list;
}

}  // namespace

Troubles troubles(const Pods& pods, WallTime now) {
  return {image_troubles(pods), node_troubles(pods, now)};
}

std::vector<HeldNode> held_nodes(const Pods& pods, WallTime now) {
  struct Node {
    const PodSummary* newest = nullptr;
    std::string_view name;  // of that pod
    std::size_t pods = 0;
  };
  std::unordered_map<std::string_view, Node> nodes;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    const bool holds = !pod->unwell->waiting.empty() || begun(*pod, now) != nullptr;
    if (holds && !pod->deleting) nodes.try_emplace(pod->node);
  }
  if (nodes.empty()) return {};
  for (const auto& [pod_name, pod] : pods) {
    if (pod.deleting) continue;
    const auto found = nodes.find(pod.node);
    if (found == nodes.end()) continue;
    Node& node = found->second;
    ++node.pods;
    if (node.newest == nullptr || std::tie(node.newest->created, node.name) <
                                      std::tuple(pod.created, std::string_view(pod_name))) {
      node.newest = &pod;
      node.name = pod_name;
    }
  }
  std::vector<HeldNode> held;
  for (const auto& [name, node] : nodes) {
    const PodSummary& pod = *node.newest;
    const bool holds = pod.unwell && (!pod.unwell->waiting.empty() || begun(pod, now) != nullptr);
    if (holds) held.push_back({std::string(name), node.pods > 1});
  }
  std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return held;
}

std::optional<WallTime> next_judgement(const Pods& pods, WallTime now) {
  std::optional<WallTime> earliest;
  for (const auto& [pod_name, pod] : pods.not_well())
    for (const auto& trouble : pod->unwell->whole)
      if (trouble.from > now && (!earliest || trouble.from < *earliest)) earliest = trouble.from;
  return earliest;
}

}  // namespace kip::core
