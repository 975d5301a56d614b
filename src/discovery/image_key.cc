#include "discovery/image_key.h"

#include "types/image_reference.h"

namespace kip::discovery {

std::string image_key(const std::string& image) {
  const auto parsed = types::parse_image_reference(image);
  if (!parsed) return image;
  return parsed->full() + (parsed->tag.empty() && parsed->digest.empty() ? ":latest" : "");
}

}  // namespace kip::discovery
