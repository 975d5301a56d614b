// On which nodes the pods of a PodSpec may run. Pure.
#pragma once

#include "base/json.h"
#include "config/placement.h"

namespace kip::discovery {

// core::placement_of, but for a pod that a DaemonSet made the node's name in its affinity does not
// count, which is the DaemonSet's way to put it there. `spec.nodeName` says where a pod is and not
// where it may be, so it does not count either.
config::Placement placement_of(const json& pod_spec, bool is_of_daemonset);

}  // namespace kip::discovery
