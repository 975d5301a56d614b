// One KubernetesImagePuller at work: its settings, the Session that keeps its DaemonSet, what is
// taken over from the Go operator, and its status. Belongs to the loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "config/settings.h"
#include "kube/transport.h"
#include "operator/resource_surroundings.h"
#include "operator/status_writer.h"
#include "operator/takeover.h"
#include "runtime/session.h"

namespace kip::operators {

class Puller {
 public:
  // `cluster` outlives it.
  Puller(kube::Transport& transport, Scheduler& scheduler, const Cluster& cluster, json resource);

  // The resource changed: its spec, its status or its metadata.
  void update(json resource);

 private:
  void read_spec();
  void take(const config::Settings& settings);
  void on_takeover();
  void on_pass(const core::Finding& finding);
  void tell();
  bool owns_its_daemonset() const;

  kube::Transport& transport_;
  Scheduler& scheduler_;
  const Cluster& cluster_;
  json resource_;
  json last_status_;  // as it should be
  std::vector<config::Problem> problems_;
  std::optional<config::Settings> wanted_;  // of the last spec that could be used
  core::Finding finding_;
  StatusWriter status_;
  Takeover takeover_;
  std::unique_ptr<runtime::Session> session_;
  HandlePtr later_;
};

}  // namespace kip::operators
