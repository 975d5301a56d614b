#include "runtime/session.h"

#include <algorithm>

#include "base/log.h"

namespace kip::runtime {

using namespace std::chrono_literals;

namespace {

// Below the default grace period of a pod (30 s), so that the decision is carried out before
// SIGKILL.
constexpr Duration shutdown_patience = 20s;

// A timer of weeks would not follow a clock that is set; looking at the time costs nothing.
constexpr Duration longest_sleep = 10min;

std::optional<WallTime> earliest(std::initializer_list<std::optional<WallTime>> times) {
  std::optional<WallTime> out;
  for (const auto& time : times)
    if (time && (!out || *time < *out)) out = time;
  return out;
}

}  // namespace

Session::Session(kube::Transport& transport, Scheduler& scheduler, config::Settings settings,
                 std::unique_ptr<Surroundings> surroundings)
    : transport_(transport),
      scheduler_(scheduler),
      settings_(std::move(settings)),
      events_(transport, scheduler, settings_.namespace_name),
      reporter_(events_, settings_.namespace_name),
      surroundings_(std::move(surroundings)),
      store_(transport, scheduler, settings_.namespace_name, settings_.daemonset_name,
             [this] { wake(); }),
      pods_(transport, scheduler, settings_.namespace_name, settings_.daemonset_name,
            settings_.images.size(), [this] { wake(); }),
      writer_(transport, scheduler, store_, settings_.namespace_name, settings_.daemonset_name,
              [this] { wake(); }),
      leftovers_(transport, scheduler) {}

void Session::start() {
  surroundings_->start([this] {
    owner_is_fresh_ = true;
    looking_at_owner_ = false;
    if (surroundings_listener_) surroundings_listener_();
    wake();
  });
  store_.start();
}

void Session::update(config::Settings settings) {
  settings_ = std::move(settings);
  writer_.reset();
  told_foreign_image_ = false;
  wake();
}

// Any number of events before the next turn of the loop are one pass.
void Session::wake() {
  if (wake_) return;
  wake_ = scheduler_.after(Duration::zero(), [this] {
    const HandlePtr ended = std::move(wake_);
    if (stage_ == Stage::running) {
      pass();
    } else {
      shutdown_pass();
    }
  });
}

bool Session::is_ready_to_plan() {
  if (!store_.known() || !surroundings_->known()) return false;
  if (!store_.object().is_null()) {
    owner_is_fresh_ = false;
    return true;
  }
  if (owner_is_fresh_) return true;
  if (!looking_at_owner_) {
    looking_at_owner_ = true;
    surroundings_->look_at_owner();
  }
  return owner_is_fresh_;
}

core::Observed Session::gather() const {
  core::Observed seen;
  seen.facts = surroundings_->facts();
  seen.owner = surroundings_->owner_state();
  seen.daemonset = store_.object();
  seen.held = held_.count();
  seen.held_places = held_.places();
  seen.may_update = writer_.may_update();
  seen.tolerated = writer_.tolerated();
  seen.predecessors = surroundings_->predecessors();
  return seen;
}

void Session::pass() {
  if (!is_ready_to_plan() || writer_.is_busy()) return;
  held_.see(core::held_nodes(pods_.pods(), scheduler_.wall_now()), scheduler_.wall_now());
  const core::Plan plan = core::plan(settings_, gather(), scheduler_.wall_now());
  const bool acted = writer_.execute(plan.action);
  report(plan, acted);
  set_alarm(earliest({plan.look_again, held_.next(), reporter_.look_again(),
                      core::next_judgement(pods_.pods(), scheduler_.wall_now())}));
  if (plan.action.kind == core::Action::Kind::none) start_what_can_wait();
}

// The first write comes before reports and tidying up.
void Session::start_what_can_wait() {
  if (!pods_.started()) pods_.start();
  const auto& owner = surroundings_->facts().owner;
  if (owner && !leftovers_.started()) leftovers_.remove(settings_, *owner);
}

void Session::report(const core::Plan& plan, bool acted) {
  const json& subject = store_.object().is_null() ? surroundings_->owner() : store_.object();
  if (acted || plan.action.kind == core::Action::Kind::none)
    reporter_.on_finding(plan.finding, subject, acted);
  const WallTime now = scheduler_.wall_now();
  reporter_.on_troubles(core::troubles(pods_.pods(), now), store_.object(), now);
  reporter_.on_status(store_.object(), scheduler_.now());
  if (pass_listener_) pass_listener_(plan.finding);
  if (!told_foreign_image_ && core::is_foreign_kip_image(settings_, surroundings_->facts()) &&
      settings_.kip_install_command.empty()) {
    told_foreign_image_ = true;
    log::warn(
        "KIP_IMAGE is of another repository than this program's image, so it is taken for an "
        "image of the Go version, with its command; unset it, or set KIP_INSTALL_COMMAND",
        {{"KIP_IMAGE", settings_.kip_image}, {"own_image", surroundings_->facts().own_image}});
  }
}

void Session::set_alarm(const std::optional<WallTime>& time) {
  alarm_.reset();
  if (!time) return;
  const Duration delay = *time - scheduler_.wall_now();
  alarm_ = scheduler_.after(std::clamp<Duration>(delay, 1ms, longest_sleep), [this] { wake(); });
}

void Session::shut_down(std::function<void()> done) {
  if (stage_ != Stage::running) return;
  stage_ = Stage::deciding;
  shutdown_done_ = std::move(done);
  alarm_.reset();
  shutdown_deadline_ = scheduler_.after(shutdown_patience, [this] {
    finish(
        "the API server did not answer in time, or the pods did not end; leaving the DaemonSet as "
        "it is");
  });
  owner_is_fresh_ = false;
  surroundings_->look_at_owner();
}

void Session::shutdown_pass() {
  if (stage_ == Stage::done || writer_.is_busy()) return;
  if (!owner_is_fresh_) return;
  const json& daemonset = store_.object();
  if (stage_ == Stage::deciding) {
    if (const auto reason = surroundings_->reason_to_stay()) return finish(*reason);
    if (!store_.known()) return;
    if (!daemonset.is_null() && !core::is_ours(daemonset, settings_, gather()))
      return finish("the DaemonSet is not ours; leaving it alone");
    stage_ = Stage::deleting;
  }
  if (daemonset.is_null()) return finish("the DaemonSet is gone");
  if (has(daemonset, "/metadata/deletionTimestamp")) return;
  writer_.execute({core::Action::Kind::remove, {}, string_at(daemonset, "/metadata/uid"), ""});
}

void Session::finish(const std::string& why) {
  if (stage_ == Stage::done) return;
  stage_ = Stage::done;
  shutdown_deadline_.reset();
  log::info("stopping", {{"because", why}});
  shutdown_done_();
}

}  // namespace kip::runtime
