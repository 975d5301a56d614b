#include "controller/node_lane.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kube/access_review.h"
#include "kube/errors.h"
#include "kube/outage.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// A webhook that does not answer is a 500, too: told when it stays. That the server itself is away
// is told by who follows the nodes.
constexpr int failures_until_told = 3;

// A policy says the same again until somebody mends it.
constexpr Duration longest_after_refusal = 5min;

}  // namespace

void NodeLane::worked(NodeAttempt& attempt) {
  attempt.retry.reset();
  attempt.failures = 0;
  attempt.is_told = false;
  refused_.reset();
  told_right_ = false;
}

bool NodeLane::failed(NodeAttempt& attempt, const std::string& node, const http::Error& error) {
  const SteadyTime now = scheduler_.now();
  if (kube::is_denied_by_rbac(error, "patch", words_.resource)) {
    from_ = now + refused_.after(error, scheduler_.random());
    if (refused_.is_forbidden() && !std::exchange(told_right_, true))
      kube::warn_of_missing_rule(words_.missing_right, words_.rule);
    return false;
  }
  const bool is_refusal = kube::is_refusal(error);
  Duration delay = attempt.retry.after(error, scheduler_.random());
  if (is_refusal)
    delay = std::max(delay, std::min<Duration>(longest_after_refusal,
                                               1s * (1 << std::min(attempt.failures, 9))));
  attempt.from = now + delay;
  if (is_refusal || error.status == 500) ++attempt.failures;
  const bool lasts = is_refusal || attempt.failures >= failures_until_told;
  if (!lasts || std::exchange(attempt.is_told, true)) return false;
  log::warn(words_.trouble, {{"node", node}, {"error", error.message}});
  return true;
}

}  // namespace kip::controller
