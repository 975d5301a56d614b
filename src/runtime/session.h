// One configuration at work: gather → plan → execute, woken by what changes, until it is destroyed
// or shut down. Owns what follows the cluster. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/scheduler.h"
#include "config/settings.h"
#include "core/plan.h"
#include "core/troubles.h"
#include "kube/transport.h"
#include "runtime/daemonset_store.h"
#include "runtime/events.h"
#include "runtime/leftovers.h"
#include "runtime/pod_store.h"
#include "runtime/reporter.h"
#include "runtime/surroundings.h"
#include "runtime/writer.h"

namespace kip::runtime {

class Session {
 public:
  Session(kube::Transport& transport, Scheduler& scheduler, config::Settings settings,
          std::unique_ptr<Surroundings> surroundings);

  void start();

  const config::Settings& settings() const { return settings_; }
  // Takes other settings for the same DaemonSet: names of objects must not differ.
  void update(config::Settings settings);

  // Called after each pass with what was found, from inside it.
  void on_pass(std::function<void(const core::Finding&)> listener) {
    pass_listener_ = std::move(listener);
  }
  // Called whenever something new of the surroundings is known.
  void on_surroundings(std::function<void()> listener) {
    surroundings_listener_ = std::move(listener);
  }
  const json& daemonset() const { return store_.object(); }  // null: there is none
  const core::Pods& pods() const { return pods_.pods(); }

  // The end: the DaemonSet goes unless the surroundings have a reason to leave it. `done` is called
  // once it is decided and done, or after 20 s.
  void shut_down(std::function<void()> done);

 private:
  enum class Stage { running, deciding, deleting, done };

  void wake();
  void pass();
  bool is_ready_to_plan();
  core::Observed gather() const;
  void report(const core::Plan& plan, bool acted);
  void set_alarm(const std::optional<WallTime>& time);
  void start_what_can_wait();
  void shutdown_pass();
  void finish(const std::string& why);

  kube::Transport& transport_;
  Scheduler& scheduler_;
  config::Settings settings_;
  std::function<void(const core::Finding&)> pass_listener_;
  std::function<void()> surroundings_listener_;

  Events events_;
  Reporter reporter_;
  const std::unique_ptr<Surroundings> surroundings_;
  DaemonSetStore store_;
  PodStore pods_;
  Writer writer_;
  Leftovers leftovers_;
  core::HeldNodes held_;

  // Whether the owner was looked at since the DaemonSet was last there. A DaemonSet that goes
  // because its owner went must not be made again in the moments before our own end.
  bool owner_is_fresh_ = true;
  bool looking_at_owner_ = false;
  bool told_foreign_image_ = false;

  Stage stage_ = Stage::running;
  std::function<void()> shutdown_done_;
  HandlePtr wake_, alarm_, shutdown_deadline_;
};

}  // namespace kip::runtime
