// Good entries, written down again, give the same list without a problem.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "config/images.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = kip::config::parse_images(text);
  if (list.problems.size() > kip::config::max_listed_problems) std::abort();
  std::string written;
  std::set<std::string> names;
  for (const auto& image : list.images) {
    if (!names.insert(image.name).second) std::abort();
    written += image.name + "=" + image.reference.text + ";";
  }
  const auto again = kip::config::parse_images(written);
  if (!again.problems.empty() || again.images != list.images) std::abort();
  return 0;
}
