// What is taken is in range, and a leading zero changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/amounts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto interval = kip::config::parse_hours(text);
  if (!interval) return 0;
  if (*interval < 1s || *interval > 24h * 3650) std::abort();
  const std::string more = "0" + std::string(text.substr(text.starts_with('+') ? 1 : 0));
  const auto again = kip::config::parse_hours(more);
  if (!again || *again != *interval) std::abort();
  return 0;
}
