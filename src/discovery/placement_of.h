// On which nodes the pods of a PodSpec may run. Pure.
#pragma once

#include "base/json.h"
#include "config/placement.h"

namespace kip::discovery {

// nodeSelector, the required terms of nodeAffinity, and the tolerations that kube-scheduler's
// filters look at: without those of PreferNoSchedule, and without those that each pod of a
// DaemonSet has anyway, as admission adds some of them to every pod. What is written in another
// order is the same. `spec.nodeName` says where a pod is and not where it may be, so it does not
// count; and for a pod that a DaemonSet made neither does the node's name in its affinity, which is
// the DaemonSet's way to put it there. Sources:
// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ and
// .../workloads/controllers/daemonset/#taints-and-tolerations.
config::Placement placement_of(const json& pod_spec, bool is_of_daemonset);

}  // namespace kip::discovery
