#include "discovery/placed_images.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace kip::discovery {

namespace {

std::set<std::string> kept(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  ranked.reserve(counts.size());
  for (const auto& [text, count] : counts) ranked.emplace_back(count, text);
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (ranked.size() > most_daemonset_placements) ranked.resize(most_daemonset_placements);
  std::set<std::string> texts;
  for (auto& [count, text] : ranked) texts.insert(std::move(text));
  return texts;
}

}  // namespace

PlacedImages placed_images(const std::vector<FoundImage>& found,
                           config::DiscoverPlacement placement) {
  PlacedImages placed;
  const bool is_matching = placement == config::DiscoverPlacement::matching;
  std::map<std::string, std::size_t> counts;
  if (is_matching)
    for (const auto& image : found)
      for (const auto& each : image.placements) ++counts[text_of(each)];
  const std::set<std::string> texts = kept(counts);
  placed.placements_too_many = counts.size() - texts.size();
  for (const auto& image : found) {
    const auto reference = types::parse_image_reference(image.image);
    if (!reference) continue;
    bool is_everywhere = !is_matching || image.placements.empty();
    for (const auto& each : image.placements)
      is_everywhere = is_everywhere || !texts.contains(text_of(each));
    if (is_everywhere) {
      placed.images.push_back({*reference});
      continue;
    }
    for (const auto& each : image.placements) placed.images.push_back({*reference, each});
  }
  return placed;
}

}  // namespace kip::discovery
