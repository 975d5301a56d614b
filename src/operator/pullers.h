// All KubernetesImagePullers of a namespace, or of the cluster, each at work. Belongs to the loop.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "http/transport.h"
#include "kube/informer.h"
#include "kube/outage.h"
#include "loop/scheduler.h"
#include "operator/puller.h"

namespace kip::operators {

class Pullers {
 public:
  // `namespace_name` empty: of the cluster. `cluster` outlives it.
  Pullers(http::Transport& transport, Scheduler& scheduler, Cluster& cluster,
          const std::string& namespace_name);

  // Starts with a list of the resources. What they ask for is followed when all are known: then one
  // list of the DaemonSets tells each of its own.
  void start() { informer_.start(); }
  std::size_t size() const { return pullers_.size(); }

 private:
  void on_resource(const json& resource);
  void on_gone(const std::string& name, const std::string& uid);
  void on_synced();
  void on_stray(const json& daemonset);

  http::Transport& transport_;
  Scheduler& scheduler_;
  Cluster& cluster_;
  controller::DaemonSets daemonsets_;
  controller::PodInformer pods_;
  bool is_following_ = false;
  struct Entry {
    std::string uid;
    std::unique_ptr<Puller> puller;
  };
  std::map<std::string, Entry> pullers_;  // by "namespace/name"
  kube::Outage outage_{"cannot follow the KubernetesImagePullers; trying again"};
  kube::Informer informer_;
};

}  // namespace kip::operators
