// Whether a pod's nodeSelector and required node affinity let it run on a node: what the DaemonSet
// controller asks before it makes a pod there, but for taints. Pure. Source: the API reference of
// core/v1 NodeSelector, and k8s.io/component-helpers/scheduling/corev1/nodeaffinity.
#pragma once

#include "base/json.h"

namespace kip::core {

// `node_selector`: an object of strings; `affinity`: core/v1 Affinity; both may be empty. An
// operator that is not known here lets every node pass, as nobody is to be left out by it.
bool is_selected(const json& node, const json& node_selector, const json& affinity);

}  // namespace kip::core
