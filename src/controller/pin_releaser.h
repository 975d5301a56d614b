// Takes the pins of an agent away on all nodes of a DaemonSet (core/pins.h): makes the DaemonSet
// that does it, waits until it has, and removes it. One of that name which is there already, as
// after a restart of ours, is waited for in the same way. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "core/pins.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::controller {

class PinReleaser {
 public:
  PinReleaser(kube::Client client, Scheduler& scheduler, const std::string& namespace_name,
              const std::string& daemonset_name);

  // `releasing`: core::release_daemonset(). `done` is called once, when it is gone again: after all
  // nodes are done, or four minutes. What is left is in the log.
  void start(json releasing, std::function<void()> done);
  // Gives up, and removes what is there, also of an earlier process. `done` is called when nothing
  // of it runs any more, or a minute after it was removed: what it takes away may be pinned again.
  void clean_up(std::function<void()> done);
  // Once `done` was called: no node is known to have pins left.
  bool is_clean() const { return is_clean_; }
  bool is_busy() const { return poll_.is_busy() || timer_; }

 private:
  void make();
  void look();
  void on_look(const json& there);
  void again(void (PinReleaser::*step)());
  void end(const std::string& trouble);
  void remove(std::function<void()> done);
  void wait_for_pods();
  void on_pods(const json& list);

  const kube::Client client_;
  Scheduler& scheduler_;
  const kube::ObjectReference releasing_at_;
  const std::string daemonset_name_;
  json releasing_;
  std::string uid_;  // of what is there; empty: not known
  core::Release last_ = {};
  bool is_clean_ = false;
  std::function<void()> done_;
  kube::Poll poll_;
  HandlePtr timer_, deadline_;
};

}  // namespace kip::controller
