// CACHING_INTERVAL_HOURS: a number of hours, whole or decimal. Pure; any thread may call it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace kip::config {

// `1`, `0.5`, `.25`, `+2`: from a second to ten years, rounded to milliseconds. No exponents, no
// units, no "inf".
Result<Duration> parse_hours(std::string_view text);

}  // namespace kip::config
