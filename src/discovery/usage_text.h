// Images in use, as text for people and for programs. Pure.
#pragma once

#include <string>
#include <vector>

#include "discovery/image_usage.h"

namespace kip::discovery {

// Columns IMAGE, PODS, NODES and WORKLOADS, as kubectl aligns them.
std::string usage_table(const std::vector<UsedImage>& images);

// {"image", "pods", "nodes", "workloads": {KIND: count}}
json usage_json(const UsedImage& image);
// {"images": an array of these}
json usage_json(const std::vector<UsedImage>& images);

}  // namespace kip::discovery
