// Which image is on how many nodes. Costs in proportion to all pods, so it is for who asks, and not
// for each event. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/settings.h"
#include "core/pods.h"

namespace kip::core {

struct ImageCoverage {
  std::string name;   // of the container
  std::string image;  // the reference in the settings
  std::string
      digest;  // the one that most of its nodes have; empty: none, or the runtime tells none
  std::size_t nodes = 0;  // that have it
  bool operator==(const ImageCoverage&) const = default;
};

// One entry for each of `images`, in their order.
std::vector<ImageCoverage> image_coverage(const std::vector<config::CachedImage>& images,
                                          const Pods& pods);

}  // namespace kip::core
