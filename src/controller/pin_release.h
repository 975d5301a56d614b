// The pins of all DaemonSets of one Deployment taken away, before these go:
// `kubernetes-image-puller release`, which the chart runs before an uninstall. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "config/settings.h"
#include "controller/deployment_surroundings.h"
#include "controller/pin_releaser.h"
#include "kube/client.h"
#include "loop/scheduler.h"

namespace kip::controller {

class PinRelease {
 public:
  PinRelease(kube::Client client, Scheduler& scheduler, config::Settings settings);

  // `done` is called once: true if no node is known to have pins left.
  void start(std::function<void(bool)> done);

 private:
  void on_list(const json& list);
  void on_done(bool is_clean);

  const kube::Client client_;
  Scheduler& scheduler_;
  const config::Settings settings_;
  DeploymentSurroundings surroundings_;
  kube::Poll poll_;
  std::vector<std::unique_ptr<PinReleaser>> releasers_;
  std::size_t at_work_ = 0;
  bool is_clean_ = true, is_begun_ = false;
  std::function<void(bool)> done_;
};

}  // namespace kip::controller
