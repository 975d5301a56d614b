// Doing nothing for a time, as a container's only process: what `sleep DURATION` is for.
#pragma once

#include <cstdint>

namespace kip::sleep {

// Returns 0 after `nanoseconds`, at once where that is not above 0, or 1 where the kernel has no
// clock for it. Time in which the machine was suspended counts.
//
// Ends the process with code 0 on SIGTERM and SIGINT, and as process 1 on every signal that an
// image may name as its STOPSIGNAL: being told to end is this program's usual end, and any other
// code would show as "Error" in a pod's status each time its DaemonSet changes.
//
// Children that it has or inherits leave no zombies.
int pause_for(std::int64_t nanoseconds);

}  // namespace kip::sleep
