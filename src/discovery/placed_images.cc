#include "discovery/placed_images.h"

#include <map>
#include <set>
#include <string>

namespace kip::discovery {

PlacedImages placed_images(const std::vector<FoundImage>& found,
                           config::DiscoverPlacement placement) {
  PlacedImages placed;
  const bool is_matching = placement == config::DiscoverPlacement::matching;
  std::map<std::string, std::size_t> counts;
  if (is_matching)
    for (const auto& image : found)
      for (const auto& each : image.placements) ++counts[text_of(each)];
  const std::set<std::string> texts = config::most_used(counts, most_daemonset_placements);
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
