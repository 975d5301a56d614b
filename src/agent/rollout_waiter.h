// Waits until each node of a DaemonSet has a pod that is ready, for so long and no longer: a hook
// of Helm waits for a Job, and not for a DaemonSet. Needs get on the DaemonSet, and list on pods to
// tell why it is not ready. Belongs to the loop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/rollout.h"
#include "kube/client.h"
#include "kube/pager.h"
#include "loop/scheduler.h"

namespace kip::agent {

class RolloutWaiter {
 public:
  // `transport` and `scheduler` outlive it.
  RolloutWaiter(http::Transport& transport, Scheduler& scheduler, std::string namespace_name,
                std::string name);

  // `done` is called once: true, each node has one; false, `timeout` passed. What was in the way is
  // then in the log. An API server that does not answer, or says that there is no such DaemonSet,
  // is asked again until then.
  void start(Duration timeout, std::function<void(bool)> done);

 private:
  void ask();
  void on_answer(const kube::Answer& answer);
  void time_is_over();
  void end(bool is_complete);

  http::Transport& transport_;
  Scheduler& scheduler_;
  const kube::ObjectReference daemonset_;
  std::function<void(bool)> done_;
  std::optional<Rollout> told_;
  std::string trouble_;   // the last one that was told
  std::string selector_;  // of the pods, as in a query
  std::vector<std::string> problems_;
  std::optional<kube::Pager> pods_;
  HandlePtr call_, next_, deadline_, last_;
};

}  // namespace kip::agent
