// What rendered manifests want: each image of their pod templates, for the nodes of the template.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/wanted_images.h"

namespace kip::cli {

struct ManifestImages {
  std::vector<core::WantedImage> images;  // each with a placement, no two the same
  std::size_t objects = 0;                // that stand in the text
  // A DNS label of the workloads' names, so that another version of them has the same.
  std::string name;
};

// `text`: YAML documents or JSON, also Lists. An error where anything cannot be read, an image that
// is no reference included.
Result<ManifestImages> images_of_manifests(std::string_view text);

}  // namespace kip::cli
