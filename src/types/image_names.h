// Names for images that nobody gave one, as IMAGES wants them. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "types/image_reference.h"

namespace kip::types {

// From the shortest, which is for people to read and changes when an image of the same last part
// comes, to the one that is the image's alone.
enum class NameForm { repository, tag, checksum };

// A name for each image, in their order: a DNS label, and no two the same. The last part of the
// repository; where several have that, with the tag; where that is not enough, with a checksum:
// none shorter than `shortest`. So a name depends on the images alone, and not on their order.
// `taken` are not given.
std::vector<std::string> names_of(const std::vector<ImageReference>& images,
                                  const std::set<std::string>& taken,
                                  NameForm shortest = NameForm::repository);

}  // namespace kip::types
