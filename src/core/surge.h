// How many nodes may pull at once during a rolling change. Pure.
#pragma once

#include <cstddef>

#include "base/json.h"

namespace kip::core {

// MAX_NODES_PULLING limits the nodes that pull. A node whose pod waits for an image that cannot be
// pulled is not pulling, yet holds its place in maxSurge: a typo in one image would keep the others
// from all nodes but the first fifty. So when such nodes take up every place, the limit is doubled
// (few writes, however many nodes), and goes back to what is configured when none is left.
// `configured` and `observed` are integers or percentages as in the API; `nodes` is
// status.desiredNumberScheduled; `blocked` the nodes that wait for an image that cannot be pulled.
json max_surge(const json& configured, const json& observed, std::size_t nodes,
               std::size_t blocked);

}  // namespace kip::core
