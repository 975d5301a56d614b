// The service: Reconcilers for the settings in force, which are those that were configured and what
// sources want beside, and what leads to other settings. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/configmaps.h"
#include "controller/daemonsets.h"
#include "controller/image_sources.h"
#include "controller/nats_images.h"
#include "controller/node_gate.h"
#include "controller/pod_informer.h"
#include "controller/reconcilers.h"
#include "http/transport.h"
#include "loop/scheduler.h"
#include "registry/on_demand_client.h"

namespace kip::controller {

class Service {
 public:
  // `environment` is the process's own; `settings` what was read from it. `registries` null: all is
  // refreshed by time. `subscribe`: for what is published; may be empty.
  Service(http::Transport& transport, Scheduler& scheduler, registry::OnDemandClient* registries,
          Environment environment, std::string own_namespace, config::Settings settings,
          Subscribe subscribe = {});

  void start();
  // From now on no edit begins anything.
  void shut_down(std::function<void()> done);

 private:
  void make_sources();
  void take_soon();
  void take();
  void begin(config::Settings settings);
  void reach_registries(const config::Settings& settings);
  void gate_nodes();
  void on_deployment(const json& deployment);
  void read_again();

  http::Transport& transport_;
  Scheduler& scheduler_;
  registry::OnDemandClient* const registries_;
  const Subscribe subscribe_;
  const Environment environment_;
  const std::string own_namespace_;
  config::Settings configured_;
  std::unique_ptr<ImageSources> sources_;
  bool are_several_ = false;  // DaemonSets; or were, or may be
  std::unique_ptr<DaemonSets> daemonsets_;
  std::unique_ptr<PodInformer> pods_;
  std::unique_ptr<NodeGate> gate_;  // null: NODE_GATE_TAINT is not set
  std::unique_ptr<Reconcilers> reconcilers_;
  std::unique_ptr<ConfigMaps> configmaps_;
  bool is_stopping_ = false;
  HandlePtr later_, taking_;
};

}  // namespace kip::controller
