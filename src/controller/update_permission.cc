#include "controller/update_permission.h"

#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "kube/access_review.h"
#include "kube/errors.h"
#include "kube/outage.h"

namespace kip::controller {

namespace {

// A Role without update may be mended.
constexpr Duration until_tried_again = std::chrono::minutes(10);

}  // namespace

// An API server that has just started denies for a moment, and a policy's words may be those of the
// access control: so it is tried for a second time, and then asked about the right itself.
std::optional<Duration> UpdatePermission::on_denied(const http::Error& error,
                                                    std::function<void(Verdict)> done) {
  const Duration soon = denied_.after(error, scheduler_.random());
  if (!denied_.is_forbidden()) return soon;
  const kube::AccessQuestion question{"update", "apps", "daemonsets", daemonset_.namespace_name,
                                      daemonset_.name};
  call_ =
      client_.review(question, [this, error, done = std::move(done)](const kube::Answer& review) {
        const HandlePtr ended = std::move(call_);
        done(verdict_of(error, review));
      });
  return std::nullopt;
}

UpdatePermission::Verdict UpdatePermission::verdict_of(const http::Error& denied,
                                                       const kube::Answer& review) {
  const json allowed = review ? at(*review, "/status/allowed") : json();
  if (allowed == true) return Verdict::granted;
  const bool may_not_ask = !review && kube::is_forbidden(review.error());
  if (allowed != false && !may_not_ask) {
    log::warn("cannot ask whether the DaemonSet may be updated; trying again",
              {{"error", review ? "no status.allowed in the answer" : review.error().message}});
    return Verdict::unknown;
  }
  is_granted_ = false;
  again_ = scheduler_.after(until_tried_again, [this] { is_granted_ = true; });
  if (!std::exchange(told_, true))
    kube::warn_of_missing_rule(
        "may not update the DaemonSet, so a change deletes it and creates it again; add the rule "
        "to the Role",
        "apiGroups: [apps], resources: [daemonsets], verbs: [update]", {{"error", denied.message}});
  return Verdict::not_granted;
}

}  // namespace kip::controller
