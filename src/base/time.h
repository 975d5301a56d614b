// The program's notions of time. Pure parts take times as arguments and never ask a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kip {

using Duration = std::chrono::milliseconds;
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::sys_time<Duration>;

// RFC 3339 in UTC with whole seconds, as Kubernetes writes metadata.creationTimestamp.
std::string to_rfc3339(WallTime time);

// Reads what to_rfc3339 and Kubernetes write: `2026-01-31T23:59:59Z`, fractions of a second are
// taken and dropped. Nothing for any other text.
std::optional<WallTime> from_rfc3339(std::string_view text);

// `1h30m`, `45s`, `1.5s`, `250ms`: the form people know from Go's time.Duration.
std::string to_text(Duration duration);

// What Go's time.ParseDuration takes: `1h15m30.918s`, `.5h`, `-1s`, units ns us µs ms s m h. Parts
// of a millisecond are dropped.
Result<Duration> parse_go_duration(std::string_view text);

}  // namespace kip
