// The surroundings of a puller that works for a KubernetesImagePuller: the resource is the owner.
// Belongs to the loop.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "config/settings.h"
#include "controller/missing_rules.h"
#include "controller/surroundings.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"
#include "operator/places.h"
#include "operator/policy.h"
#include "registry/resolver.h"

namespace kip::operators {

// What pulls on nodes with CACHE_MODE=agent. It is root there, so that it is not for those to say
// who write resources.
struct Agent {
  std::optional<types::ImageReference> image;  // absent: that beside our own
  std::optional<config::RuntimeSocket> runtime_socket;
};

// What is the same for every resource of the cluster.
struct Cluster {
  bool openshift = false;
  std::string own_image;  // of the operator; empty: unknown
  Agent agent = {};
  registry::Resolver* registries = nullptr;  // null: all is refreshed by time
  // Where the API server has refused to show what an earlier operator made: the rights are given
  // for a migration only (rbac-takeover.yaml), so nobody asks there again before the next start.
  std::set<std::string> no_migration_in = {};
  Policy policy = {};
  // For the resources that follow workloads or temporary lists: each costs some watches.
  Places with_sources{policy.most_resources};
  controller::MissingRules missing = {};
};

class ResourceSurroundings : public controller::Surroundings {
 public:
  // `predecessors` answers core::Observed::predecessors at any time.
  ResourceSurroundings(kube::Client client, Scheduler& scheduler, const Cluster& cluster,
                       const json& resource, std::function<std::set<std::string>()> predecessors);

  void start(std::function<void()> on_change) override;
  void look_at_owner() override;
  std::uint64_t owner_reads() const override { return owner_reads_; }
  bool is_known() const override { return true; }
  const core::Facts& facts() const override { return facts_; }
  core::OwnerState owner_state() const override { return owner_state_; }
  const json& owner() const override { return resource_; }
  std::set<std::string> predecessors() const override { return predecessors_(); }
  std::optional<std::string> reason_to_stay() const override {
    return "only the operator ends, not what it made";
  }

 private:
  void on_resource(const kube::Answer& answer);

  const kube::Client client_;
  const std::function<std::set<std::string>()> predecessors_;
  std::function<void()> on_change_;
  core::Facts facts_;
  core::OwnerState owner_state_ = core::OwnerState::present;
  std::uint64_t owner_reads_ = 1;  // the resource itself is the first answer
  json resource_;
  kube::Poll poll_;
};

}  // namespace kip::operators
