// What parses is written as it is read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "types/taint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::types;
  const auto taint = parse_taint({reinterpret_cast<const char*>(data), size});
  if (!taint) return 0;
  const auto again = parse_taint(taint->text());
  if (!again || *again != *taint) std::abort();
  return 0;
}
