#include "archive/age.h"

namespace kip::archive {

bool is_due(WallTime changed, WallTime now, const std::optional<Duration>& age_limit) {
  if (!age_limit) return false;
  return changed > now || now - changed >= *age_limit;
}

WallTime from_ns(std::int64_t ns) {
  return WallTime(std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(ns)));
}

std::int64_t to_ns(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace kip::archive
