// Carries out one planned action at a time: turns it into a request, and the answer into what the
// store knows. Belongs to the loop.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/backoff.h"
#include "base/scheduler.h"
#include "core/plan.h"
#include "kube/refusal.h"
#include "kube/transport.h"
#include "runtime/daemonset_store.h"
#include "runtime/token_bucket.h"

namespace kip::runtime {

class Writer {
 public:
  // `on_done` is called after each attempt, also one that failed; what to do then is planned anew.
  Writer(kube::Transport& transport, Scheduler& scheduler, DaemonSetStore& store,
         std::string namespace_name, std::string name, std::function<void()> on_done);

  // Starts the action, unless one is under way or the wait after a failure is not over; then
  // on_done comes when it is. True if the request went out.
  bool execute(const core::Action& action);

  bool is_busy() const { return call_ != nullptr; }
  // False after the API server refused an update: the Role is that of the Go version.
  bool may_update() const { return may_update_; }
  // What the answers to our writes still had otherwise (core::Observed::tolerated).
  const std::set<core::Difference>& tolerated() const { return tolerated_; }

  // Forgets failures and what is tolerated: the settings have changed.
  void reset();

 private:
  kube::Request request_for(const core::Action& action) const;
  void on_answer(const core::Action& action, const Result<json>& answer);
  void on_success(const core::Action& action, const json& object);
  void on_failure(const core::Action& action, const Error& error);
  void on_update_refused(const Error& error);
  void wait(Duration delay);

  kube::Transport& transport_;
  Scheduler& scheduler_;
  DaemonSetStore& store_;
  const std::string namespace_name_, name_;
  const std::function<void()> on_done_;

  HandlePtr call_, wait_, retry_update_;
  SteadyTime not_before_{};
  Backoff backoff_;
  kube::Refusal refused_;
  bool may_update_ = true, told_refused_ = false;
  std::string last_error_;
  std::set<core::Difference> tolerated_;
  TokenBucket creates_, changes_;
};

}  // namespace kip::runtime
