// Learns what the core must know of the place we run in: our Deployment, and whether this is
// OpenShift. Asks until it is answered, and the Deployment again when told to. Belongs to the loop.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/json.h"
#include "base/scheduler.h"
#include "core/desired.h"
#include "core/plan.h"
#include "kube/refusal.h"
#include "kube/transport.h"

namespace kip::runtime {

// Where the environment of our own container comes from, as the Deployment says.
struct EnvironmentSources {
  std::vector<std::string> configmaps;   // of envFrom, in its order
  std::set<std::string> explicit_names;  // of env, which wins over envFrom
  bool has_other_sources = false;        // Secrets, or a prefix
  bool operator==(const EnvironmentSources&) const = default;
};

EnvironmentSources environment_sources(const json& deployment, const std::string& container_name);

class Surroundings {
 public:
  // `on_change` is called each time an answer came in, also if it says nothing new.
  Surroundings(kube::Transport& transport, Scheduler& scheduler, std::string namespace_name,
               std::string deployment_name, std::function<void()> on_change);

  void start();
  // Asks for the Deployment again; on_change follows.
  void look_at_deployment();

  // True once every question was answered.
  bool known() const { return openshift_known_ && owner_known_; }
  const core::Facts& facts() const { return facts_; }
  core::OwnerState owner_state() const { return owner_state_; }
  // True if we may not read it, so that nothing can be said of it.
  bool is_owner_refused() const { return refused_.is_certain(); }
  // The Deployment as last seen; null where there is none.
  const json& deployment() const { return deployment_; }

 private:
  void look_for_openshift();
  void on_openshift(const Result<json>& answer);
  void on_deployment(const Result<json>& answer);
  void on_deployment_error(const Error& error);
  void deployment_is_missing();
  void tell_once(const char* message, const Error& error);

  kube::Transport& transport_;
  Scheduler& scheduler_;
  const std::string namespace_name_, deployment_name_;
  const std::function<void()> on_change_;

  core::Facts facts_;
  core::OwnerState owner_state_ = core::OwnerState::none;
  json deployment_;
  bool openshift_known_ = false, owner_known_ = false;
  bool told_missing_ = false, told_refused_ = false;
  int misses_ = 0;
  std::string last_error_;
  Backoff openshift_backoff_, deployment_backoff_;
  kube::Refusal refused_;
  HandlePtr openshift_call_, openshift_timer_, deployment_call_, deployment_timer_;
};

}  // namespace kip::runtime
