// Names for images that nobody gave one, as IMAGES wants them. Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "types/image_reference.h"

namespace kip::types {

// The reference with the domain filled in, and the tag "latest" where neither tag nor digest is
// written: two with the same one are of one image.
std::string whole_name(const ImageReference& image);

constexpr std::size_t longest_label = 63;  // bytes of a DNS label

// At most `limit` bytes of a DNS label: what is not allowed in it is "-". Empty where nothing is
// left.
std::string dns_label_of(std::string_view text, std::size_t limit = longest_label);

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
