// When the images are to be asked for again. Pure.
#pragma once

#include "base/json.h"
#include "base/time.h"

namespace kip::core {

// When the images of this DaemonSet were last asked for: the annotation on its pod template, else
// its creation. Times past `now` by more than five minutes (a clock was set back, or a hand edit)
// count as long ago.
WallTime last_refresh(const json& daemonset, WallTime now);

// last_refresh plus the interval, ±10 %: clusters that were installed by one script at one moment
// do not ask a registry at one moment. The share is drawn from the DaemonSet's UID and the last
// refresh, so that a restart of ours does not move the time.
WallTime next_refresh(const json& daemonset, Duration interval, WallTime now);

}  // namespace kip::core
