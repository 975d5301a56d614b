// The wanted list: IMAGES, and what sources want beside it, in one (docs/design/sources.md). Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/placement.h"
#include "config/settings.h"
#include "types/image_reference.h"

namespace kip::core {

// What a source wants: an image, on the nodes of its workload; absent: on those of the settings.
struct WantedImage {
  types::ImageReference reference;
  std::optional<config::Placement> placement = std::nullopt;
  bool operator==(const WantedImage&) const = default;
};

struct LeftOutImage {
  std::string image;  // as it was written
  std::string why;
  auto operator<=>(const LeftOutImage&) const = default;
};

struct WantedSettings {
  config::Settings settings;
  std::vector<LeftOutImage> left_out;
  std::size_t placements_too_many = 0;  // which are one for all nodes instead
};

// Each placement is a DaemonSet, and so, where tolerations are all that differs, a pod on each
// node.
inline constexpr std::size_t most_wanted_placements = 16;

// The settings with the images of the lists behind those of IMAGES, sorted by name, so that a list
// in another order changes nothing. A name depends on its image alone, unless another has it; those
// of IMAGES stay. An image that several want is there once for all nodes that one of its placements
// covers. A placement is cut to the nodes that the settings select; one of these very nodes is
// absent. Each placement is a DaemonSet of its own: where one would become too large, the last of
// the lists that are for it are left out, as each list begins with what is most wanted. Of more
// than most_wanted_placements those of the fewest images become one of all nodes that tolerates
// what they tolerate, as far as config::longest_placement has room: what has none is left out.
WantedSettings with_wanted(config::Settings settings,
                           const std::vector<std::vector<WantedImage>>& lists);

}  // namespace kip::core
