// How a pod reaches its own API server: environment and mounted service account. Pure but for
// reading the namespace's file.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "kube/access/access.h"

namespace kip::kube {

// Where the kubelet mounts token, ca.crt and namespace.
inline constexpr const char* service_account_folder =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// Permanent Error outside a cluster: it says what is missing. Token and CA are named, not read.
Result<Access> in_cluster_access(const std::map<std::string, std::string>& environment,
                                 const std::string& folder = service_account_folder);

// The pod's namespace; "" outside a cluster.
std::string in_cluster_namespace(const std::string& folder = service_account_folder);

}  // namespace kip::kube
