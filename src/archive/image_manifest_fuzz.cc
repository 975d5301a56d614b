// Whatever a registry answers: what is taken of it has sizes that can be added, and layers that are
// all there.
#include <cstdint>
#include <cstdlib>

#include "archive/image_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::archive;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const kip::types::Platform wanted{.architecture = "amd64"};
  if (const auto found = candidates(text, wanted); found && found->empty()) std::abort();
  if (const auto manifest = parse_image_manifest(text, "x"))
    for (const auto& layer : manifest->layers)
      if (layer.blob.size > std::uint64_t{1} << 50) std::abort();
  if (const auto config = parse_image_config(text, 2); config && config->diff_ids.size() != 2)
    std::abort();
  (void)kip::types::parse_platform(text);
  return 0;
}
