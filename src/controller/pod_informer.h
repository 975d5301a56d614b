// The pods of DaemonSets of ours, in summary and by DaemonSet, kept current by one list and watch
// for all that ask. For reports and the pace of a roll-out only: without the permission the work
// goes on, and less can be said. Owned by the service or the operator, and outlives who follows.
// Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "controller/daemonsets.h"
#include "core/pods.h"
#include "http/transport.h"
#include "kube/informer.h"
#include "loop/scheduler.h"

namespace kip::controller {

class PodInformer {
 public:
  PodInformer(http::Transport& transport, Scheduler& scheduler, Scope scope);

  // Starts with a list, at the first call.
  void start();

  // The pods of this DaemonSet; `on_change` comes whenever one of them changed, until the handle
  // is destroyed. It may not be destroyed from inside it.
  [[nodiscard]] HandlePtr follow(const std::string& namespace_name, const std::string& daemonset,
                                 std::function<void()> on_change);
  const core::Pods& pods(const std::string& namespace_name, const std::string& daemonset) const;
  // True once a list was complete: a DaemonSet without pods has none.
  bool is_known() const { return informer_.is_synced(); }
  // True if pods may not be read, as far as is believed.
  bool is_refused() const { return informer_.is_refused(); }

 private:
  class Following;
  struct Group {
    core::Pods pods;
    std::map<const Following*, std::function<void()>> followers;
    void changed() const;
  };
  using Groups = std::map<std::string, Group>;  // by "namespace/daemonset"

  void on_pod(const json& pod);
  void leave_group(const std::string& key);
  void on_error(const http::Error& error);
  void drop_if_unused(Groups::iterator group);

  Scheduler& scheduler_;
  const Scope scope_;
  Groups groups_;
  std::map<std::string, Groups::iterator> group_of_;  // by "namespace/pod"
  bool started_ = false, told_refused_ = false, told_trouble_ = false;
  std::optional<SteadyTime> trouble_since_;
  kube::Informer informer_;
};

}  // namespace kip::controller
