// One configuration at work: gather → plan → execute, woken by what changes, until it is destroyed
// or shut down. Owns what follows the cluster. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "config/settings.h"
#include "controller/daemonset_store.h"
#include "controller/daemonset_writer.h"
#include "controller/daemonsets.h"
#include "controller/pin_releaser.h"
#include "controller/pod_informer.h"
#include "controller/reporter.h"
#include "controller/surroundings.h"
#include "controller/tag_watcher.h"
#include "core/first_pull.h"
#include "core/plan.h"
#include "core/status.h"
#include "core/surge.h"
#include "http/transport.h"
#include "kube/event_recorder.h"
#include "loop/scheduler.h"

namespace kip::controller {

// What follows the cluster for one Reconciler or for many; outlives them.
struct Informers {
  DaemonSets& daemonsets;
  PodInformer& pods;
  registry::Resolver* registries = nullptr;  // null: all is refreshed by time
};

class Reconciler {
 public:
  Reconciler(http::Transport& transport, Scheduler& scheduler, Informers informers,
             config::Settings settings, std::unique_ptr<Surroundings> surroundings);

  // Until then it follows what is there, and touches nothing. Again does nothing.
  void start();

  const config::Settings& settings() const { return settings_; }
  // Takes other settings for the same DaemonSet: names of objects must not differ.
  void update(config::Settings settings);

  // Called after each pass, from inside it: status() may say something else.
  void on_pass(std::function<void()> listener) { pass_listener_ = std::move(listener); }
  // Called before each plan, from inside the pass, when the DaemonSet is known: update() then
  // counts for this very plan.
  void before_plan(std::function<void()> listener) { plan_listener_ = std::move(listener); }
  // A pass soon, as something that a listener looks at has changed.
  void look_again() { wake(); }
  const json& daemonset() const { return store_.object(); }  // null: there is none
  // Of the last pass; without a reason there was none yet.
  const core::Finding& finding() const { return finding_; }
  // Computed at each call, from all pods.
  core::PullerStatus status() const;
  core::Rollout rollout() const { return core::rollout(store_.object(), held_.count()); }
  const core::Pods& pods() const;

  // The end: the DaemonSet goes unless the surroundings have a reason to leave it. `done` is called
  // once it is decided and done, or after 20 s.
  void shut_down(std::function<void()> done);

 private:
  enum class Stage { waiting, running, deciding, deleting, done };

  void wake();
  void on_pods();
  void pass();
  bool is_ready_to_plan();
  bool owner_is_fresh() const { return surroundings_->owner_reads() >= owner_reads_needed_; }
  void need_fresh_owner();
  core::Observed gather() const;
  const json& subject() const;
  void report();
  void on_accepted();
  bool may_pin() const;
  void look_after_pins(bool may_release);
  PinReleaser& pin_releaser();
  void set_alarm(const std::optional<WallTime>& time);
  void watch_tags();
  void shutdown_pass();
  void finish(const std::string& why);

  const kube::Client client_;
  Scheduler& scheduler_;
  Informers informers_;
  config::Settings settings_;
  std::function<void()> pass_listener_;
  std::function<void()> plan_listener_;

  kube::EventRecorder events_;
  Reporter reporter_;
  const std::unique_ptr<Surroundings> surroundings_;
  DaemonSetStore store_;
  DaemonSetWriter writer_;
  std::optional<core::ComparedSpec> spec_as_wanted_;
  std::optional<core::CheckedImages> checked_images_;
  std::unique_ptr<TagWatcher> tags_;  // null: with REFRESH=Always, and where no registry is asked
  std::vector<core::ImageNotice> notices_;
  core::HeldNodes held_;
  core::Sleepers sleepers_;
  // Of the DaemonSet that is there, or was a moment ago; none: not known, of these settings.
  std::optional<std::size_t> nodes_;
  HandlePtr following_pods_;

  // The owner is read anew when the DaemonSet, or its reference to the owner, is found missing: it
  // may have gone because its owner went, and must not be made again in the moments before our own
  // end.
  std::uint64_t owner_reads_needed_ = 1;
  bool is_owner_stale_ = false;  // the DaemonSet was whole since the owner was read
  core::Finding finding_;        // of the last pass, and what the write under way is for
  bool told_foreign_image_ = false, told_overruled_agent_ = false;

  std::unique_ptr<PinReleaser> pin_releaser_;  // null: it was never needed
  bool are_pins_released_ = false;
  // Of what takes pins away, in CACHE_MODE=agent: an earlier process may have left it.
  enum class Cleaning { none, under_way, done } cleaning_ = Cleaning::none;

  Stage stage_ = Stage::waiting;
  std::function<void()> shutdown_done_;
  SteadyTime pods_seen_{};  // when a pass was last begun for them
  HandlePtr wake_, alarm_, pods_timer_, shutdown_deadline_;
};

}  // namespace kip::controller
