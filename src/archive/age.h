// Whether an archive that is there is old enough to ask its registry. Pure.
#pragma once

#include <optional>

#include "base/time.h"

namespace kip::archive {

// `age_limit`: absent: it is never asked again; zero: always. An archive from the future, as a
// clock that was wrong makes them, is asked for. `changed` is when it was written or found unmoved.
bool is_due(WallTime changed, WallTime now, const std::optional<Duration>& age_limit);

}  // namespace kip::archive
