// A pattern that is taken is taken again as it is shown, and is for an image whose name is itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "types/image_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pattern = kip::types::parse_image_pattern(text);
  if (!pattern) return 0;
  const auto again = kip::types::parse_image_pattern(pattern->text());
  if (!again || *again != *pattern) std::abort();
  const auto image = kip::types::parse_image_reference(pattern->text());
  if (image && !image->domain.empty() && !pattern->path.empty() &&
      image->domain == pattern->text().substr(0, pattern->text().find('/')) &&
      !pattern->matches(*image))
    std::abort();
  return 0;
}
