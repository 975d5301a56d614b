#include "http/retry_after.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace kip::http {

std::optional<std::chrono::seconds> parse_retry_after(const std::string& text, WallTime now) {
  const char* end = text.data() + text.size();
  unsigned seconds = 0;
  if (const auto [stop, failed] = std::from_chars(text.data(), end, seconds);
      failed == std::errc() && stop == end)
    return std::chrono::seconds{seconds};
  std::tm date{};
  const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || rest != end) return std::nullopt;
  const auto at = std::chrono::sys_seconds{std::chrono::seconds{timegm(&date)}};
  return std::max(std::chrono::seconds::zero(), std::chrono::ceil<std::chrono::seconds>(at - now));
}

}  // namespace kip::http
