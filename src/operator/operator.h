// The operator: leader election, and while it leads, every KubernetesImagePuller of the namespaces
// that it watches at work. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/openshift.h"
#include "http/transport.h"
#include "kube/leader_election.h"
#include "loop/scheduler.h"
#include "operator/pullers.h"
#include "operator/resource_surroundings.h"
#include "registry/resolver.h"

namespace kip::operators {

struct OperatorSettings {
  std::vector<std::string> namespaces;  // to watch; one that is empty: all of the cluster
  std::string own_namespace;            // of the Lease; empty: no election
  std::string identity;                 // of this replica
  std::string own_image;                // that sleep comes from, unless a resource says another
  Agent agent = {};
  registry::Resolver* registries = nullptr;  // null: all is refreshed by time. Not owned
  Policy policy = {};
};

class Operator {
 public:
  // `lease_transport` has connections of its own, so that the Lease does not wait behind the work.
  Operator(http::Transport& transport, http::Transport& lease_transport, Scheduler& scheduler,
           OperatorSettings settings);

  void start();
  // The DaemonSets stay. `done` is called once the next replica may begin, within 3 s.
  void shut_down(std::function<void()> done);

 private:
  void begin();
  void stop();

  http::Transport& transport_;
  http::Transport& lease_transport_;
  Scheduler& scheduler_;
  const OperatorSettings settings_;
  Cluster cluster_;
  controller::OpenShift openshift_;
  std::optional<kube::LeaderElection> lease_;
  std::vector<std::unique_ptr<Pullers>> pullers_;
};

}  // namespace kip::operators
