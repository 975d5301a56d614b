#include "core/pods.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace kip::core {

bool Pods::put(const std::string& name, PodSummary summary) {
  const auto [entry, is_new] = pods_.try_emplace(name);
  PodSummary& kept = entry->second;
  if (!is_new && kept == summary) return false;
  kept.copies = no_copies();  // so that its kind is given up where no other pod has it
  summary.copies = shared(std::move(summary.copies));
  kept = std::move(summary);
  if (kept.unwell) {
    not_well_.insert_or_assign(entry->first, &kept);
  } else {
    not_well_.erase(entry->first);
  }
  return true;
}

bool Pods::erase(std::string_view name) {
  const auto found = pods_.find(name);
  if (found == pods_.end()) return false;
  not_well_.erase(found->first);
  pods_.erase(found);
  return true;
}

Copies Pods::shared(Copies copies) {
  std::erase_if(kinds_of_copies_, [](const Copies& kind) { return kind.use_count() == 1; });
  for (const auto& kind : kinds_of_copies_)
    if (*kind == *copies) return kind;
  kinds_of_copies_.push_back(copies);
  return copies;
}

namespace {

using Kind = const std::vector<Copy>*;

// How many nodes have pods of exactly these kinds. Pods share their Copies, so there are few
// entries, and what is done for each image is not done for each pod.
std::map<std::vector<Kind>, std::size_t> nodes_by_kinds(const Pods& pods) {
  std::unordered_map<std::string_view, Kind> first;
  std::unordered_map<std::string_view, std::vector<Kind>> several;
  first.reserve(pods.size());
  for (const auto& [name, pod] : pods) {
    if (pod.copies->empty()) continue;
    const auto [entry, is_new] = first.try_emplace(pod.node, pod.copies.get());
    if (is_new || entry->second == pod.copies.get()) continue;
    auto& kinds = several[pod.node];
    if (kinds.empty()) kinds.push_back(entry->second);
    kinds.push_back(pod.copies.get());
  }
  std::map<Kind, std::size_t> singles;
  for (const auto& [node, kind] : first) ++singles[kind];
  std::map<std::vector<Kind>, std::size_t> out;
  for (auto& [node, kinds] : several) {
    --singles[kinds.front()];
    std::sort(kinds.begin(), kinds.end());
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    ++out[kinds];
  }
  for (const auto& [kind, nodes] : singles)
    if (nodes > 0) out[{kind}] += nodes;
  return out;
}

}  // namespace

std::map<std::string, ImageSpread> spread(const Pods& pods) {
  std::map<std::string, std::map<std::string, std::size_t>>
      by_digest;  // container → digest → nodes
  std::map<std::string, ImageSpread> out;
  for (const auto& [kinds, nodes] : nodes_by_kinds(pods)) {
    std::set<std::string_view> names;
    std::set<Copy> copies;
    for (const Kind kind : kinds) {
      for (const auto& copy : *kind) {
        if (names.insert(copy.name).second) out[copy.name].nodes += nodes;
        if (copies.insert(copy).second) by_digest[copy.name][copy.digest] += nodes;
      }
    }
  }
  for (const auto& [name, digests] : by_digest)
    out[name].digest =
        std::max_element(digests.begin(), digests.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        })->first;
  return out;
}

}  // namespace kip::core
