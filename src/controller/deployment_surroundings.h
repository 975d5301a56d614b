// The surroundings of the service: its own Deployment is the owner. Belongs to the loop.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "controller/openshift.h"
#include "controller/surroundings.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::controller {

// Where the environment of our own container comes from, as the Deployment says.
struct EnvironmentSources {
  std::vector<std::string> configmaps;   // of envFrom, in its order
  std::set<std::string> explicit_names;  // of env, which wins over envFrom
  bool has_other_sources = false;        // Secrets, or a prefix
  bool operator==(const EnvironmentSources&) const = default;
};

EnvironmentSources environment_sources(const json& deployment, const std::string& container_name);

// What it says itself, as a value under `env`, of what runs as root on nodes.
core::AgentFacts agent_facts(const json& deployment, const std::string& container_name);

class DeploymentSurroundings : public Surroundings {
 public:
  // `deployment_name` empty: there is no owner.
  DeploymentSurroundings(kube::Client client, Scheduler& scheduler, std::string namespace_name,
                         std::string deployment_name);

  void start(std::function<void()> on_change) override;
  void look_at_owner() override;
  std::uint64_t owner_reads() const override { return owner_reads_; }
  bool is_known() const override { return openshift_.is_known() && is_owner_known_; }
  const core::Facts& facts() const override { return facts_; }
  core::OwnerState owner_state() const override { return owner_state_; }
  const json& owner() const override { return deployment_; }
  // The DaemonSet stays unless the Deployment was there, and was read as gone, going or scaled to
  // 0; where none is named, nothing keeps it.
  std::optional<std::string> reason_to_stay() const override;

 private:
  enum class LastRead { none, present, leaving, missing, refused };

  void on_deployment(const kube::Answer& answer);
  void answered(LastRead what);
  void deployment_is_forbidden(const http::Error& error);
  void deployment_is_missing();

  const kube::Client client_;
  const kube::ObjectReference deployment_at_;
  std::function<void()> on_change_;

  OpenShift openshift_;
  core::Facts facts_;
  core::OwnerState owner_state_ = core::OwnerState::none;
  json deployment_;
  LastRead last_read_ = LastRead::none;
  std::uint64_t owner_reads_ = 0;
  bool is_owner_known_ = false;
  bool told_missing_ = false, told_refused_ = false;
  int misses_ = 0;
  kube::Poll poll_;
};

}  // namespace kip::controller
