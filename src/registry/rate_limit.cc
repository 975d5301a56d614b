#include "registry/rate_limit.h"

#include <algorithm>
#include <charconv>

namespace kip::registry {

using namespace std::chrono_literals;

namespace {

constexpr Duration patience = 1h;  // longer than any wish that somebody waits for
constexpr Duration shortest = 1s;

std::optional<long> number(std::string_view text) {
  long value = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || stop == text.data() || value < 0) return std::nullopt;
  return value;
}

// `100;w=21600`: the number before the semicolon, and the window in seconds.
struct Amount {
  std::optional<long> count, window;
};
Amount read(const http::Headers& headers, const char* name) {
  const auto found = headers.find(name);
  if (found == headers.end()) return {};
  const std::string_view text = found->second;
  const auto window = text.find("w=");
  return {number(text),
          window == std::string_view::npos ? std::nullopt : number(text.substr(window + 2))};
}

// The time until one more may pass, where none may now.
std::optional<Duration> until_next(const http::Headers& headers) {
  const auto remaining = read(headers, "ratelimit-remaining");
  if (!remaining.count || *remaining.count > 0) return std::nullopt;
  if (const auto reset = read(headers, "ratelimit-reset"); reset.count)
    return std::chrono::seconds(std::min(*reset.count, 86400L));
  const auto limit = read(headers, "ratelimit-limit");
  const auto window = limit.window ? limit.window : remaining.window;
  if (limit.count && *limit.count > 0 && window)
    return std::chrono::seconds(std::min(*window, 86400L) / *limit.count);
  return 1min;
}

// Up to a tenth more, and a second at the least.
Duration with_jitter(Duration delay, double random) {
  delay = std::clamp(delay, shortest, patience);
  return delay + std::chrono::duration_cast<Duration>(std::max<Duration>(1s, delay / 10) * random);
}

}  // namespace

std::optional<Duration> RateLimit::after(const http::Response& answer, double random) {
  const bool refused = answer.status == 429 || (answer.status == 503 && answer.retry_after);
  if (!refused) {
    if (answer.status != 401) refusals_ = 0;
    if (const auto delay = until_next(answer.headers)) return with_jitter(*delay, random);
    return std::nullopt;
  }
  const Duration own = std::min<Duration>(15min, 10s * (1 << std::min(refusals_++, 7)));
  if (answer.retry_after)
    return with_jitter(std::min<std::chrono::seconds>(*answer.retry_after, 1h), random);
  return with_jitter(own, random);
}

}  // namespace kip::registry
