#include "kube/leader_election.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace kip::kube {

using namespace std::chrono_literals;

namespace {

// client-go's defaults: who holds it renews it well before it is lost, and stops working before
// somebody else may begin.
constexpr Duration duration = 15s;
constexpr Duration renew_deadline = 10s;
constexpr Duration renew_every = 4s;
constexpr Duration look_every = 2s;
constexpr Duration longest_release = 3s;

// MicroTime wants six digits of a second.
std::string micro_time(WallTime now) {
  std::string text = to_rfc3339(now);
  text.insert(text.size() - 1, ".000000");
  return text;
}

// A Lease that nobody held has no spec, or an empty one.
bool is_readable(const json& lease) {
  const json& spec = at(lease, "/spec");
  return at(lease, "/metadata").is_object() && (spec.is_null() || spec.is_object());
}

}  // namespace

LeaderElection::LeaderElection(Client client, Scheduler& scheduler,
                               const std::string& namespace_name, std::string name,
                               std::string identity, Sink sink)
    : client_(client),
      scheduler_(scheduler),
      lease_at_{leases, namespace_name, std::move(name)},
      identity_(std::move(identity)),
      sink_(std::move(sink)) {}

void LeaderElection::look() {
  call_ = client_.get(lease_at_, [this](const Answer& answer) { on_lease(answer); });
}

void LeaderElection::on_lease(const Answer& answer) {
  if (is_releasing_) return;
  if (!answer && is_not_found(answer.error())) {
    return write(with_us({{"apiVersion", "coordination.k8s.io/v1"},
                          {"kind", "Lease"},
                          {"metadata", {{"name", lease_at_.name}}}}),
                 true);
  }
  if (!answer) {
    reading_.failed(answer.error());
    return again(std::min<Duration>(retry_.after(answer.error(), scheduler_.random()),
                                    is_leader_ ? look_every : 30s));
  }
  if (!is_readable(*answer)) {
    is_stale_ = true;
    reading_.failed(
        http::Error(permanent("the answer is not a Lease: " + quoted(to_text(*answer), 120))));
    return again(look_every);
  }
  reading_.over();
  lease_ = *answer;
  if (string_at(lease_, "/spec/holderIdentity") == identity_ || is_free(lease_))
    return write(with_us(lease_), false);
  if (is_leader_) lose("somebody else holds the Lease");
  again(look_every);
}

bool LeaderElection::is_free(const json& lease) {
  const std::string holder = string_at(lease, "/spec/holderIdentity");
  if (holder.empty()) return true;
  const std::string seen = holder + " " + string_at(lease, "/spec/renewTime");
  if (seen != seen_) {
    if (seen_.empty()) log::info("waiting for the Lease", {{"held_by", holder}});
    seen_ = seen;
    seen_since_ = scheduler_.now();
  }
  const auto seconds = int_at(lease, "/spec/leaseDurationSeconds");
  return scheduler_.now() - seen_since_ >= std::chrono::seconds(std::max<std::int64_t>(seconds, 1));
}

json LeaderElection::with_us(json lease) const {
  const std::string now = micro_time(scheduler_.wall_now());
  const bool is_new = !has(lease, "/spec");
  const bool was_ours = string_at(lease, "/spec/holderIdentity") == identity_;
  const auto transitions = int_at(lease, "/spec/leaseTransitions") + (is_new || was_ours ? 0 : 1);
  json& spec = lease["spec"];
  spec["leaseTransitions"] = transitions;
  if (!was_ours) spec["acquireTime"] = now;
  spec["holderIdentity"] = identity_;
  spec["leaseDurationSeconds"] = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  spec["renewTime"] = now;
  return lease;
}

void LeaderElection::write(const json& lease, bool is_new) {
  const auto done = [this, asked = scheduler_.now()](const Answer& answer) {
    on_written(answer, asked);
  };
  call_ = is_new ? client_.create(lease_at_.collection(), lease, done)
                 : client_.replace(lease_at_, lease, done);
}

void LeaderElection::on_written(const Answer& answer, SteadyTime asked) {
  if (is_releasing_) return;
  if (!answer) {
    is_stale_ = true;  // 409: somebody was first; the next look tells who
    if (!is_conflict(answer.error())) writing_.failed(answer.error());
    return again(look_every);
  }
  is_stale_ = !is_readable(*answer);  // then it is read before it is written again
  if (!is_stale_) lease_ = *answer;
  retry_.reset();
  reading_.over();
  writing_.over();
  seen_.clear();
  // From when it was asked: the answer may have taken its time.
  const Duration left = renew_deadline - (scheduler_.now() - asked);
  deadline_ = scheduler_.after(std::max<Duration>(left, 0ms), [this] {
    const HandlePtr ended = std::move(deadline_);
    lose("it could not be renewed in time");
  });
  again(renew_every);
  if (is_leader_) return;
  is_leader_ = true;
  log::info("holding the Lease", {{"identity", identity_}});
  sink_.on_started_leading();
}

void LeaderElection::lose(const char* why) {
  if (!is_leader_) return;
  is_leader_ = false;
  deadline_.reset();
  log::warn("lost the Lease; waiting for it", {{"because", why}});
  sink_.on_stopped_leading();
}

void LeaderElection::again(Duration delay) {
  timer_ = scheduler_.after(delay, [this] {
    if (is_leader_ && !is_stale_) return write(with_us(lease_), false);
    look();
  });
}

void LeaderElection::release(std::function<void()> done) {
  is_releasing_ = true;
  timer_.reset();
  deadline_.reset();
  released_ = std::move(done);
  if (!is_leader_) return released_();
  is_leader_ = false;
  lease_["spec"]["holderIdentity"] = "";
  lease_["spec"]["leaseDurationSeconds"] = 1;
  const auto end = [this] {
    if (released_) std::exchange(released_, nullptr)();
  };
  deadline_ = scheduler_.after(longest_release, end);
  call_ = client_.replace(lease_at_, lease_, [end](const Answer&) { end(); });
}

}  // namespace kip::kube
