// The service: a Session for the settings in force, and what leads to other settings. Belongs to
// the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "config/settings.h"
#include "kube/transport.h"
#include "runtime/configmaps.h"
#include "runtime/daemonsets.h"
#include "runtime/pod_informer.h"
#include "runtime/session.h"

namespace kip::runtime {

// Logs each problem, with its severity.
void log_problems(const std::vector<config::Problem>& problems);

class Service {
 public:
  // `environment` is the process's own; `settings` what was read from it.
  Service(kube::Transport& transport, Scheduler& scheduler, config::Environment environment,
          std::string own_namespace, config::Settings settings);

  void start();
  // From now on no edit begins anything.
  void shut_down(std::function<void()> done);

 private:
  void begin(config::Settings settings);
  void on_deployment(const json& deployment);
  void read_again();

  kube::Transport& transport_;
  Scheduler& scheduler_;
  const config::Environment environment_;
  const std::string own_namespace_;
  std::unique_ptr<DaemonSets> daemonsets_;
  std::unique_ptr<PodInformer> pods_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<ConfigMaps> configmaps_;
  bool is_stopping_ = false;
  HandlePtr later_;
};

}  // namespace kip::runtime
