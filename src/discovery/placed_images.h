// What was found, as what is wanted where. Pure.
#pragma once

#include <optional>
#include <vector>

#include "config/discovery.h"
#include "config/placement.h"
#include "discovery/found_images.h"
#include "types/image_reference.h"

namespace kip::discovery {

struct PlacedImage {
  types::ImageReference reference;
  std::optional<config::Placement> placement = std::nullopt;  // absent: all nodes of the settings
  bool operator==(const PlacedImage&) const = default;
};

struct PlacedImages {
  std::vector<PlacedImage> images;      // in the order of what was found
  std::size_t placements_too_many = 0;  // whose images go to all nodes instead
};

// With DiscoverPlacement::matching each image once for each placement of its workloads. Each
// placement may be a DaemonSet, so at most most_daemonset_placements are kept: those of most
// images.
PlacedImages placed_images(const std::vector<FoundImage>& found,
                           config::DiscoverPlacement placement);

inline constexpr std::size_t most_daemonset_placements = 8;

}  // namespace kip::discovery
