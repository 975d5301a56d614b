// The pod that keeps the images on a node, as each CACHE_MODE has it. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"

namespace kip::core {

// In the order of the settings, but for `last` (names of images), which come behind the others; in
// CACHE_MODE=sleep they are left out.
// Nodes ask for every image; set_pull_policies() (core/held_images.h) comes after.
json pod_spec(const config::Settings& settings, const Facts& facts,
              const std::vector<std::string>& last);

// The pod that takes away what this instance of the agent pins on a node, and sleeps then.
json releasing_pod_spec(config::Settings settings, const Facts& facts, const std::string& instance);

}  // namespace kip::core
