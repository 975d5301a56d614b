#include "discovery/image_key.h"

#include "types/image_names.h"
#include "types/image_reference.h"

namespace kip::discovery {

std::string image_key(const std::string& image) {
  const auto parsed = types::parse_image_reference(image);
  return parsed ? types::whole_name(*parsed) : image;
}

}  // namespace kip::discovery
