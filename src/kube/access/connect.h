// Finds the cluster: KUBECONFIG, then ~/.kube/config, then the pod's own service account. Main
// calls it once, on the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/transport.h"
#include "kube/access/access.h"
#include "kube/access/in_cluster.h"
#include "kube/access/rest_transport.h"
#include "loop/loop.h"

namespace kip::kube {

struct Connection {
  std::unique_ptr<http::Transport> transport;
  // A further way to the same cluster, with connections, credentials and deadlines of its own: what
  // must not wait for other requests goes there. It may be called as long as the loop lives.
  std::function<std::unique_ptr<http::Transport>(const RestOptions&)> open;
  std::string own_namespace;  // the pod's when in a cluster, else ""
  std::string description;    // "in-cluster https://10.96.0.1:443"
};

// How the cluster is reached; reads kubeconfig files, sends nothing. Permanent Error with every
// problem, or with the three places looked at.
Result<Access> find_access(const std::map<std::string, std::string>& environment,
                           const std::string& folder = service_account_folder);

// Sends nothing yet. Certificates and keys are read once here, so that a wrong one is told at once.
// `loop` outlives the connection.
Result<Connection> connect(const std::map<std::string, std::string>& environment, Loop& loop,
                           const RestOptions& options = {});

}  // namespace kip::kube
