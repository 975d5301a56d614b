// The DaemonSet's pods, in summary, kept current by a watch. For reports only: without the
// permission the work goes on, and less can be said. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/scheduler.h"
#include "core/pods.h"
#include "kube/transport.h"
#include "kube/watch.h"

namespace kip::runtime {

class PodStore {
 public:
  // Follows the pods of the DaemonSet of that name. `images` is how many containers each has: it
  // sets how many pods are listed at a time.
  PodStore(kube::Transport& transport, Scheduler& scheduler, const std::string& namespace_name,
           std::string daemonset_name, std::size_t images, std::function<void()> on_change);
  void start() {
    started_ = true;
    watch_.start();
  }
  bool started() const { return started_; }
  const core::Pods& pods() const { return pods_; }

 private:
  void on_pod(const json& pod);
  void on_error(const Error& error);

  const std::string daemonset_name_;
  const std::function<void()> on_change_;
  core::Pods pods_;
  bool started_ = false, told_refused_ = false, told_trouble_ = false;
  kube::Watch watch_;
};

}  // namespace kip::runtime
