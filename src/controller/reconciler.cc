#include "controller/reconciler.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/ownership.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// Below the default grace period of a pod (30 s), so that the decision is carried out before
// SIGKILL.
constexpr Duration shutdown_patience = 20s;

// A roll-out over thousands of nodes changes thousands of pods; they are looked at together.
constexpr Duration pods_pace = 1s;

std::optional<WallTime> earliest(std::initializer_list<std::optional<WallTime>> times) {
  std::optional<WallTime> out;
  for (const auto& time : times)
    if (time && (!out || *time < *out)) out = time;
  return out;
}

}  // namespace

Reconciler::Reconciler(http::Transport& transport, Scheduler& scheduler, Informers informers,
                       config::Settings settings, std::unique_ptr<Surroundings> surroundings)
    : client_(transport),
      scheduler_(scheduler),
      informers_(informers),
      settings_(std::move(settings)),
      events_(transport, scheduler, settings_.namespace_name),
      reporter_(events_, settings_.namespace_name, settings_.daemonset_name),
      surroundings_(std::move(surroundings)),
      store_(transport, scheduler, informers.daemonsets, settings_.namespace_name,
             settings_.daemonset_name, [this] { wake(); }),
      writer_(transport, scheduler, store_, settings_.namespace_name, settings_.daemonset_name,
              {.on_accepted = [this] { on_accepted(); }, .on_done = [this] { wake(); }}),
      following_pods_(informers.pods.follow(settings_.namespace_name, settings_.daemonset_name,
                                            [this] { on_pods(); })) {}

void Reconciler::start() {
  if (stage_ != Stage::waiting) return;
  stage_ = Stage::running;
  watch_tags();
  surroundings_->start([this] { wake(); });
  wake();
}

void Reconciler::update(config::Settings settings) {
  settings_ = std::move(settings);
  writer_.reset();
  spec_as_wanted_.reset();
  checked_images_.reset();
  nodes_.reset();
  told_foreign_image_ = told_overruled_agent_ = false;
  if (stage_ == Stage::running) watch_tags();
  wake();
}

void Reconciler::watch_tags() {
  if (settings_.refresh == config::Refresh::always || informers_.registries == nullptr)
    return tags_.reset();
  if (tags_) return tags_->update(settings_);
  tags_ = std::make_unique<TagWatcher>(client_, scheduler_, *informers_.registries, settings_,
                                       [this] { wake(); });
  tags_->start();
}

const core::Pods& Reconciler::pods() const {
  return informers_.pods.pods(settings_.namespace_name, settings_.daemonset_name);
}

core::PullerStatus Reconciler::status() const {
  core::PullerStatus status = core::puller_status(settings_, finding_, store_.object(), pods(),
                                                  held_.count(), scheduler_.wall_now());
  status.notices = notices_;
  return status;
}

const json& Reconciler::subject() const {
  return store_.object().is_null() ? surroundings_->owner() : store_.object();
}

// Any number of events before the next turn of the loop are one pass.
void Reconciler::wake() {
  if (wake_ || stage_ == Stage::waiting) return;
  wake_ = scheduler_.after(Duration::zero(), [this] {
    const HandlePtr ended = std::move(wake_);
    if (stage_ == Stage::running) {
      pass();
    } else {
      shutdown_pass();
    }
  });
}

void Reconciler::on_pods() {
  if (pods_timer_) return;
  const Duration since = scheduler_.now() - pods_seen_;
  pods_timer_ = scheduler_.after(std::max(pods_pace - since, Duration::zero()), [this] {
    const HandlePtr ended = std::move(pods_timer_);
    pods_seen_ = scheduler_.now();
    wake();
  });
}

void Reconciler::need_fresh_owner() {
  owner_reads_needed_ = surroundings_->owner_reads() + 1;
  surroundings_->look_at_owner();
}

bool Reconciler::is_ready_to_plan() {
  if (!store_.is_known() || !surroundings_->is_known()) return false;
  const bool is_whole =
      !store_.object().is_null() && core::has_its_owner(store_.object(), surroundings_->facts());
  if (is_whole) {
    is_owner_stale_ = true;
    return true;
  }
  if (std::exchange(is_owner_stale_, false)) need_fresh_owner();
  return owner_is_fresh();
}

core::Observed Reconciler::gather() const {
  core::Observed seen;
  seen.facts = surroundings_->facts();
  seen.owner = surroundings_->owner_state();
  seen.daemonset = &store_.object();
  seen.spec_revision = store_.spec_revision();
  seen.spec_as_wanted = spec_as_wanted_ ? &*spec_as_wanted_ : nullptr;
  seen.checked_images = checked_images_ ? &*checked_images_ : nullptr;
  seen.tags = tags_ ? &tags_->tags() : nullptr;
  seen.pods = &pods();
  seen.held = held_.count();
  seen.held_places = held_.places();
  seen.nodes_before = nodes_;
  seen.sleeping_since = sleepers_.since();
  seen.may_update = writer_.may_update();
  seen.refused = writer_.refused();
  seen.tolerated = writer_.tolerated();
  seen.are_pins_released = are_pins_released_;
  seen.predecessors = surroundings_->predecessors();
  if (object::is_deleting(store_.object()) && pods().size() > 0) {
    const auto& [name, pod] = *pods().begin();
    seen.pod_left = "pod " + name + (pod.node.empty() ? "" : " on node " + pod.node);
  }
  return seen;
}

void Reconciler::pass() {
  if (!is_ready_to_plan() || writer_.is_busy()) return;
  if (plan_listener_) plan_listener_();
  const WallTime now = scheduler_.wall_now();
  held_.see(core::held_nodes(pods(), now), now);
  sleepers_.see(store_.object(), now);
  if (const auto nodes = core::nodes_of(store_.object())) nodes_ = nodes;
  core::Plan plan = core::plan(settings_, gather(), now);
  const bool is_at_rest = plan.action.kind == core::Action::Kind::none;
  // The answer to a write may change what is tolerated.
  spec_as_wanted_ = is_at_rest ? std::move(plan.spec_as_wanted) : std::nullopt;
  if (is_at_rest) {
    checked_images_ = std::move(plan.checked_images);
    if (tags_)
      for (const auto& image : plan.disagreeing) tags_->nodes_disagree(image);
  }
  if (plan.notices) notices_ = *std::move(plan.notices);
  finding_ = std::move(plan.finding);
  look_after_pins(plan.may_release_pins);
  // While the API server is away nothing is sent: at its return the store tells of a change.
  if (!is_at_rest && !store_.is_away() && may_pin()) writer_.execute(std::move(plan.action));
  if (is_at_rest) reporter_.on_finding(finding_, subject(), false);
  report();
  set_alarm(earliest(
      {plan.requeue_at, held_.next(), reporter_.requeue_at(), core::next_failure(pods(), now)}));
  if (is_at_rest) informers_.pods.start();  // the first write comes before reports
}

PinReleaser& Reconciler::pin_releaser() {
  if (!pin_releaser_)
    pin_releaser_ = std::make_unique<PinReleaser>(client_, scheduler_, settings_.namespace_name,
                                                  settings_.daemonset_name);
  return *pin_releaser_;
}

// Nothing takes pins away any more, or nothing is pinned.
bool Reconciler::may_pin() const {
  return settings_.cache_mode != config::CacheMode::agent || cleaning_ == Cleaning::done;
}

void Reconciler::look_after_pins(bool may_release) {
  if (settings_.cache_mode == config::CacheMode::agent) {
    are_pins_released_ = false;
    if (cleaning_ != Cleaning::none) return;
    // It would take away what is pinned from now on.
    cleaning_ = Cleaning::under_way;
    return pin_releaser().clean_up([this] {
      cleaning_ = Cleaning::done;
      wake();
    });
  }
  if (core::pinned_by(store_.object()).empty()) are_pins_released_ = false;
  if (!may_release || pin_releaser().is_busy() || store_.is_away()) return;
  cleaning_ = Cleaning::none;
  pin_releaser().start(core::release_daemonset(settings_, surroundings_->facts(), store_.object()),
                       [this] {
                         are_pins_released_ = true;
                         wake();
                       });
}

void Reconciler::on_accepted() {
  // What was begun before the signal is what it was begun for.
  if (stage_ < Stage::deleting) return reporter_.on_finding(finding_, subject(), true);
  log::info("the service ends for good; deleted the DaemonSet",
            {{"daemonset", settings_.daemonset_name}, {"namespace", settings_.namespace_name}});
}

void Reconciler::report() {
  const WallTime now = scheduler_.wall_now();
  reporter_.on_failures(core::failures(pods(), now), store_.object(), now);
  reporter_.on_notices(notices_, subject());
  // Nodes that are warm for another spec do not have what is wanted now.
  if (spec_as_wanted_ && core::is_ours(store_.object(), settings_, surroundings_->facts(),
                                       surroundings_->predecessors()))
    reporter_.on_rollout(rollout(), store_.object(), scheduler_.now());
  if (pass_listener_) pass_listener_();
  if (settings_.cache_mode == config::CacheMode::agent && !told_overruled_agent_ &&
      core::is_agent_overruled(settings_, surroundings_->facts())) {
    told_overruled_agent_ = true;
    log::warn(
        "AGENT_IMAGE and RUNTIME_SOCKET count only as values under env of our Deployment, which "
        "it has to be able to read, as they say what is root on the nodes; not taking them from "
        "elsewhere",
        {{"agent_image", core::agent_image(settings_, surroundings_->facts())},
         {"runtime_socket_in", core::runtime_socket(settings_, surroundings_->facts()).folder}});
  }
  if (!told_foreign_image_ && core::is_foreign_kip_image(settings_, surroundings_->facts()) &&
      settings_.kip_install_command.empty()) {
    told_foreign_image_ = true;
    log::warn(
        "KIP_IMAGE is of another repository than this program's image, so it is taken for an "
        "image of the Go version, with its command; unset it, or set KIP_INSTALL_COMMAND",
        {{"KIP_IMAGE", settings_.kip_image->text},
         {"own_image", surroundings_->facts().own_image}});
  }
}

void Reconciler::set_alarm(const std::optional<WallTime>& time) {
  alarm_.reset();
  if (!time) return;
  alarm_ = scheduler_.after(wait_for(scheduler_, *time), [this] { wake(); });
}

void Reconciler::shut_down(std::function<void()> done) {
  if (stage_ > Stage::running) return;
  stage_ = Stage::deciding;
  shutdown_done_ = std::move(done);
  alarm_.reset();
  pods_timer_.reset();
  writer_.reset();
  shutdown_deadline_ = scheduler_.after(shutdown_patience, [this] {
    finish(stage_ == Stage::deleting
               ? "the DaemonSet did not go in time; leaving it"
               : "the API server did not answer in time; leaving the DaemonSet as it is");
  });
  need_fresh_owner();
}

// Nothing goes unless the owner was read as gone, going or scaled to 0 since the signal; an answer
// that comes later may still keep it.
void Reconciler::shutdown_pass() {
  if (stage_ == Stage::done || writer_.is_busy() || !owner_is_fresh()) return;
  if (const auto reason = surroundings_->reason_to_stay()) return finish(*reason);
  if (!store_.is_known()) return;
  const json& daemonset = store_.object();
  if (stage_ == Stage::deciding) {
    if (!daemonset.is_null() &&
        !core::is_ours(daemonset, settings_, surroundings_->facts(), surroundings_->predecessors()))
      return finish("the DaemonSet is not ours; leaving it alone");
    stage_ = Stage::deleting;
  }
  if (daemonset.is_null()) return finish("the DaemonSet is gone");
  if (object::is_deleting(daemonset)) return;
  if (writer_.refused())
    return finish("the API server refuses to delete the DaemonSet: " + writer_.refused()->message);
  writer_.execute({core::Action::Kind::remove, nullptr, {}, object::uid(daemonset)});
}

void Reconciler::finish(const std::string& why) {
  if (stage_ == Stage::done) return;
  stage_ = Stage::done;
  shutdown_deadline_.reset();
  log::info("stopping", {{"because", why}, {"daemonset", settings_.daemonset_name}});
  shutdown_done_();
}

}  // namespace kip::controller
