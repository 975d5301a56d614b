// A reference written in full is the same reference, and its name has no upper-case path.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "types/image_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reference = kip::types::parse_image_reference(text);
  if (!reference) return kip::types::repository_of(text).empty() ? 0 : (std::abort(), 0);
  const auto again = kip::types::parse_image_reference(reference->text());
  if (!again || !(*again == *reference)) std::abort();
  if (kip::types::repository_of(reference->text()) != reference->repository()) std::abort();
  if (reference->path.empty() || reference->domain.empty()) std::abort();
  if (!reference->tag.empty() && text.find(":" + reference->tag) == text.npos) std::abort();
  return 0;
}
