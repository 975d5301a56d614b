// The Retry-After header (RFC 9110, section 10.2.3). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/time.h"

namespace kip::http {

// Seconds (`120`) or a date (`Fri, 31 Dec 1999 23:59:59 GMT`), which counts from `now` and is 0
// when it is past. Nothing for any other text.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& text, WallTime now);

}  // namespace kip::http
