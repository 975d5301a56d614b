// What a prefetcher needs to label nodes with its result, and the policy that keeps the token of
// each pod to the node that it runs on. Pure; any thread may call it.
#pragma once

#include <vector>

#include "base/json.h"
#include "deploy/options.h"

namespace kip::deploy {

// Of the labels that tell how a node's pulls went; behind it stands the instance's name.
inline constexpr const char* node_label_prefix = "image-prefetcher.stackrox.io/";

// The namespace of the ServiceAccount, which a ClusterRoleBinding and a policy must name; where
// none is given, that in which kubectl works when it is not told either.
std::string account_namespace(const DeployOptions& options);

// Of cluster scope: the policy and its binding, then the ClusterRole and its binding, so that there
// is no right before there is its limit.
std::vector<json> node_label_objects(const DeployOptions& options);

}  // namespace kip::deploy
