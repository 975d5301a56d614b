// Names for images, as IMAGES wants them. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "types/image_reference.h"

namespace kip::discovery {

// A name for each image, in their order: a DNS label, and no two the same. The last part of the
// repository; where several have that, with the tag; where that is not enough, with a checksum. So
// a name depends on the images alone, and not on their order. `taken` are not given.
std::vector<std::string> names_of(const std::vector<types::ImageReference>& images,
                                  const std::set<std::string>& taken);

}  // namespace kip::discovery
