// What discovery has to know of kinds and objects beyond their images. Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "discovery/workload_images.h"

namespace kip::controller {

// True of a DaemonSet or pod that holds images and uses none: ours, another puller's, or the Go
// image puller's. Else what is held would be in use for ever.
bool is_of_a_puller(const json& object);

// "apps", "" for the core group: as rules of a Role name it.
std::string group_of(const discovery::WorkloadKind& kind);

}  // namespace kip::controller
