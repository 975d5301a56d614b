// The Deployment and the Service that collect how each pull went. Pure; any thread may call it.
#pragma once

#include <vector>

#include "base/json.h"
#include "deploy/options.h"

namespace kip::deploy {

std::vector<json> aggregator_objects(const DeployOptions& options);

}  // namespace kip::deploy
