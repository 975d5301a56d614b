#include "core/coverage.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

namespace kip::core {

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

std::vector<ImageCoverage> image_coverage(const std::vector<config::CachedImage>& images,
                                          const Pods& pods) {
  struct Found {
    std::size_t nodes = 0;
    std::map<std::string_view, std::size_t> digests;  // → nodes
  };
  std::map<std::string_view, Found> by_name;
  for (const auto& [kinds, nodes] : nodes_by_kinds(pods)) {
    std::set<std::string_view> names;
    std::set<Copy> copies;
    for (const Kind kind : kinds) {
      for (const auto& copy : *kind) {
        if (names.insert(copy.name).second) by_name[copy.name].nodes += nodes;
        if (copies.insert(copy).second) by_name[copy.name].digests[copy.digest] += nodes;
      }
    }
  }
  std::vector<ImageCoverage> list;
  list.reserve(images.size());
  for (const auto& image : images) {
    list.push_back({image.name, image.reference.text, "", 0});
    const auto found = by_name.find(image.name);
    if (found == by_name.end()) continue;
    const auto& digests = found->second.digests;
    list.back().nodes = found->second.nodes;
    list.back().digest =
        std::max_element(digests.begin(), digests.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        })->first;
  }
  return list;
}

}  // namespace kip::core
