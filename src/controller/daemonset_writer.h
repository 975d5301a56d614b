// Carries out one planned action at a time: turns it into requests, and the answer into what the
// store knows. Belongs to the loop.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "controller/daemonset_store.h"
#include "controller/update_permission.h"
#include "core/plan.h"
#include "kube/client.h"
#include "kube/outage.h"
#include "kube/retry_delay.h"
#include "kube/token_bucket.h"
#include "loop/scheduler.h"

namespace kip::controller {

class DaemonSetWriter {
 public:
  struct Sink {
    // The API server has done it; before anything else is told of it.
    std::function<void()> on_accepted;
    // After each attempt, also one that failed, and after each wait: now it may be planned anew.
    std::function<void()> on_done;
  };
  DaemonSetWriter(kube::Client client, Scheduler& scheduler, DaemonSetStore& store,
                  std::string namespace_name, std::string name, Sink sink);

  // Starts the action, unless one is under way or the wait after a failure is not over; then
  // on_done comes when it is. True if it was started.
  bool execute(core::Action action);

  bool is_busy() const { return call_ || is_asking_; }
  // False after the API server's own access control refused an update: the Role is that of the Go
  // version.
  bool may_update() const { return permission_.is_granted(); }
  // What the answers to our writes still had otherwise (core::Observed::tolerated).
  const std::set<core::Difference>& tolerated() const { return tolerated_; }
  // Why the last write was refused, until one is accepted.
  const std::optional<core::Refused>& refused() const { return refused_; }

  // Forgets failures and what is tolerated: the settings have changed.
  void reset();

 private:
  void send(core::Action action);
  void try_out(core::Action action);
  void begin(core::Action action);
  void show(core::Action action);
  void look_at_namespace(core::Action action);
  void on_answer(const core::Action& action, const kube::Answer& answer);
  void on_success(const core::Action& action, const json& object);
  void learn_what_is_kept(const core::Action& action, const json& object);
  void on_failure(const core::Action& action, const http::Error& error);
  void on_refused(core::Action::Kind kind, const std::string& message);
  void on_update_denied(const http::Error& error);
  kube::TokenBucket& bucket_for(const core::Action& action);
  void wait(Duration delay);
  void done();

  const kube::Client client_;
  Scheduler& scheduler_;
  DaemonSetStore& store_;
  const kube::ObjectReference daemonset_;
  const Sink sink_;

  HandlePtr call_, wait_;
  bool is_asking_ = false;  // permission_ is, about the right to update
  SteadyTime not_before_{};
  kube::RetryDelay retry_;
  std::optional<core::Refused> refused_;
  int refusals_ = 0;                         // in a row
  std::optional<SteadyTime> failing_since_;  // of answers that were errors of the server's
  // Edits until now, and when the write under way was begun: what is refused of earlier settings
  // says nothing of the present ones.
  int edits_ = 0, sent_in_ = 0;
  kube::Outage outage_;
  UpdatePermission permission_;
  std::set<core::Difference> tolerated_;
  kube::TokenBucket creates_, changes_;
};

}  // namespace kip::controller
