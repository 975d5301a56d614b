// CACHING_MEMORY_… and CACHING_CPU_…: quantities, and rules that Kubernetes has for pairs of them,
// or that it has not and nodes have; CACHING_INTERVAL_HOURS: a number of hours, whole or decimal.
// Pure; any thread may call them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "config/settings.h"
#include "types/quantity.h"

namespace kip::config {

struct AmountRule {
  bool is_limit = false;   // 0 is none
  bool is_memory = false;  // whole bytes
};

// `into` stays as it is where the amount is refused.
Problems read_amount(std::string_view text, const AmountRule& rule, types::Quantity& into);

// Of a request and the limit that goes with it. One that was not read is passed over.
Problems check_request(const types::Quantity& request, const types::Quantity& limit,
                       const char* limit_name);

Problems check_memory_limit(const types::Quantity& limit);

// `1`, `0.5`, `.25`, `+2`: from a second to ten years, rounded to milliseconds. No exponents, no
// units, no "inf".
Result<Duration> parse_hours(std::string_view text);

}  // namespace kip::config
