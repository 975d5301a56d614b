// The objects of a prefetcher, named, labelled and mounted as image-prefetcher's are, so that one
// can be applied over the other. Pure; any thread may call it.
#pragma once

#include <vector>

#include "base/json.h"
#include "deploy/options.h"

namespace kip::deploy {

// In the order in which they are to be applied: rights before what needs them.
std::vector<json> manifest(const DeployOptions& options);

}  // namespace kip::deploy
