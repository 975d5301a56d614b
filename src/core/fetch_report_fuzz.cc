// Whatever a node leaves: as many images as there are or none, and digests that are some.
#include <cstdint>
#include <cstdlib>

#include "core/fetch_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t images = 3;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = kip::core::read_fetch_report(text, images);
  if (!list.empty() && list.size() != images) std::abort();
  for (const auto& image : list) {
    if (!image.digest.empty() && image.digest.size() != std::string("sha256:").size() + 64)
      std::abort();
    if (!image.digest.empty() && image.state != kip::core::FetchedImage::State::there) std::abort();
  }
  return 0;
}
