// Whether an archive that is there is old enough to ask its registry. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace kip::archive {

// `age_limit`: absent: it is never asked again; zero: always. An archive from the future, as a
// clock that was wrong makes them, is asked for. `changed` is when it was written or found unmoved.
bool is_due(WallTime changed, WallTime now, const std::optional<Duration>& age_limit);

// Times of files, in ns since 1970.
WallTime from_ns(std::int64_t ns);
std::int64_t to_ns(WallTime time);

}  // namespace kip::archive
