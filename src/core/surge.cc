#include "core/surge.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace kip::core {

using namespace std::chrono_literals;

namespace {

// The DaemonSet controller makes a failed pod anew with a back-off that begins at a second and ends
// at 15 minutes; the first failures, which come close together, fall into this time. A node that
// was held less often is not worth a place of its own for ever.
constexpr Duration memory = 1min;

bool holds(const PodSummary& pod, WallTime now) {
  return pod.unwell && (!pod.unwell->waiting.empty() || failure_at(pod, now) != nullptr);
}

}  // namespace

std::vector<HeldNode> held_nodes(const Pods& pods, WallTime now) {
  struct Node {
    const PodSummary* newest = nullptr;
    std::string_view name;  // of that pod
    std::size_t pods = 0;
  };
  std::unordered_map<std::string_view, Node> nodes;
  for (const auto& [pod_name, pod] : pods.not_well()) {
    if (holds(*pod, now) && !pod->deleting) nodes.try_emplace(pod->node);
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
    if (holds(*node.newest, now)) held.push_back({std::string(name), node.pods > 1});
  }
  std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return held;
}

void HeldNodes::see(const std::vector<HeldNode>& held, WallTime now) {
  now_ = now;
  for (auto& [name, seen] : nodes_) {  // a clock that was set back
    seen.held = std::min(seen.held, now);
    seen.held_place = std::min(seen.held_place, now);
  }
  for (const auto& node : held) {
    Memory& seen = nodes_[node.name];
    seen.held = now;
    if (node.holds_place) seen.held_place = now;
  }
  std::erase_if(nodes_, [now](const auto& node) { return now - node.second.held >= memory; });
}

std::size_t HeldNodes::places() const {
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(),
                    [this](const auto& node) { return now_ - node.second.held_place < memory; }));
}

std::optional<WallTime> HeldNodes::next() const {
  std::optional<WallTime> earliest;
  for (const auto& [name, seen] : nodes_)
    for (const WallTime time : {seen.held, seen.held_place})
      if (time < now_ && now_ - time < memory && (!earliest || time + memory < *earliest))
        earliest = time + memory;
  return earliest;
}

types::NodeCount max_surge(const types::NodeCount& configured, const types::NodeCount& observed,
                           std::size_t nodes, std::size_t held) {
  const std::size_t base = configured.of(nodes), current = observed.of(nodes);
  if (base == 0 || base >= nodes || held <= base / 4) return configured;
  const std::size_t half = (base + 1) / 2;  // of one place, one
  const types::NodeCount wanted(static_cast<std::int32_t>(std::min(base + held, nodes)));
  if (current <= base) return base < held + half ? wanted : configured;
  const bool too_few_free = current < held + half;
  const bool too_many_free = current >= held + base + half;
  return too_few_free || too_many_free ? wanted : observed;
}

}  // namespace kip::core
