#include "kube/lease.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/news.h"
#include "base/text.h"
#include "kube/api.h"

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

Lease::Lease(http::Transport& transport, Scheduler& scheduler, const std::string& namespace_name,
             std::string name, std::string identity, Sink sink)
    : transport_(transport),
      scheduler_(scheduler),
      collection_(kube::leases_path(namespace_name)),
      name_(std::move(name)),
      identity_(std::move(identity)),
      sink_(std::move(sink)) {}

void Lease::look() {
  call_ = kube::call(transport_, {"GET", collection_ + "/" + name_},
                     [this](const Result<json>& answer) { on_lease(answer); });
}

void Lease::on_lease(const Result<json>& answer) {
  if (releasing_) return;
  if (!answer && answer.error().http_status == 404) {
    return write(with_us({{"apiVersion", "coordination.k8s.io/v1"},
                          {"kind", "Lease"},
                          {"metadata", {{"name", name_}}}}),
                 "POST");
  }
  if (!answer) {
    tell_news(last_error_, "cannot read the Lease; trying again", answer.error());
    return again(std::min<Duration>(backoff_.next(answer.error(), scheduler_.random()),
                                    held_ ? look_every : 30s));
  }
  if (!is_readable(*answer)) {
    is_stale_ = true;
    tell_news(last_error_, "cannot read the Lease; trying again",
              permanent("the answer is no Lease: " + quoted(to_text(*answer), 120)));
    return again(look_every);
  }
  lease_ = *answer;
  if (string_at(lease_, "/spec/holderIdentity") == identity_ || is_free(lease_))
    return write(with_us(lease_), "PUT");
  if (held_) lose("somebody else holds the Lease");
  again(look_every);
}

bool Lease::is_free(const json& lease) {
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

json Lease::with_us(json lease) const {
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

void Lease::write(json lease, const char* method) {
  const std::string path = method == std::string("POST") ? collection_ : collection_ + "/" + name_;
  call_ = kube::call(
      transport_, {method, path, to_text(lease)},
      [this, asked = scheduler_.now()](const Result<json>& answer) { on_written(answer, asked); });
}

void Lease::on_written(const Result<json>& answer, SteadyTime asked) {
  if (releasing_) return;
  if (!answer) {
    is_stale_ = true;  // 409: somebody was first; the next look tells who
    if (answer.error().http_status != 409)
      tell_news(last_error_, "cannot write the Lease; trying again", answer.error());
    return again(look_every);
  }
  is_stale_ = !is_readable(*answer);  // then it is read before it is written again
  if (!is_stale_) lease_ = *answer;
  backoff_.reset();
  last_error_.clear();
  seen_.clear();
  // From when it was asked: the answer may have taken its time.
  const Duration left = renew_deadline - (scheduler_.now() - asked);
  deadline_ = scheduler_.after(std::max<Duration>(left, 0ms), [this] {
    const HandlePtr ended = std::move(deadline_);
    lose("it could not be renewed in time");
  });
  again(renew_every);
  if (held_) return;
  held_ = true;
  log::info("holding the Lease", {{"identity", identity_}});
  sink_.on_won();
}

void Lease::lose(const char* why) {
  if (!held_) return;
  held_ = false;
  deadline_.reset();
  log::warn("lost the Lease; waiting for it", {{"because", why}});
  sink_.on_lost();
}

void Lease::again(Duration delay) {
  timer_ = scheduler_.after(delay, [this] {
    if (held_ && !is_stale_) return write(with_us(lease_), "PUT");
    look();
  });
}

void Lease::release(std::function<void()> done) {
  releasing_ = true;
  timer_.reset();
  deadline_.reset();
  released_ = std::move(done);
  if (!held_) return released_();
  held_ = false;
  lease_["spec"]["holderIdentity"] = "";
  lease_["spec"]["leaseDurationSeconds"] = 1;
  const auto end = [this] {
    if (released_) std::exchange(released_, nullptr)();
  };
  deadline_ = scheduler_.after(longest_release, end);
  call_ = kube::call(transport_, {"PUT", collection_ + "/" + name_, to_text(lease_)},
                     [end](const Result<json>&) { end(); });
}

}  // namespace kip::kube
