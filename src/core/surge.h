// How many nodes may pull at once during a rolling change. Pure.
#pragma once

#include <cstddef>

#include "types/node_count.h"

namespace kip::core {

// MAX_NODES_PULLING limits the nodes that pull. A node whose new pod does not run and is not
// pulling (its image does not exist, the node is full, its network is broken) holds its place in
// maxSurge all the same: a typo in one image would keep the others from all nodes but the first
// fifty, and one full node would stop everything where the limit is 1. So the limit is raised by
// the places that are held, and is exactly what is configured when none is.
//
// Few writes: it is raised when fewer than half of the configured places are free, and lowered when
// at least half as many again are free as are configured, or a quarter of them or less is held.
// `observed` is the DaemonSet's maxSurge; `nodes` is status.desiredNumberScheduled; `held` the
// places of maxSurge that HeldNodes counts.
types::NodeCount max_surge(const types::NodeCount& configured, const types::NodeCount& observed,
                           std::size_t nodes, std::size_t held);

}  // namespace kip::core
