// What discovery has to know of kinds beyond their images. Pure.
#pragma once

#include <string>

#include "discovery/workload_images.h"

namespace kip::controller {

// "apps", "" for the core group: as rules of a Role name it.
std::string group_of(const discovery::WorkloadKind& kind);

}  // namespace kip::controller
