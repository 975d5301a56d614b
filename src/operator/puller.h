// One KubernetesImagePuller at work: its settings, the Reconcilers that keep its DaemonSets, what
// is taken over from the Go operator, and its status. Belongs to the loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/image_sources.h"
#include "controller/node_gate.h"
#include "controller/reconcilers.h"
#include "http/transport.h"
#include "loop/scheduler.h"
#include "operator/go_operator_migration.h"
#include "operator/resource_surroundings.h"
#include "operator/status_writer.h"

namespace kip::operators {

class Puller {
 public:
  // `cluster` and `informers` outlive it.
  Puller(http::Transport& transport, Scheduler& scheduler, Cluster& cluster,
         controller::Informers informers, const json& resource);

  // The resource changed: its spec, its status or its metadata.
  void update(const json& resource);
  // A DaemonSet of this resource that nobody follows: of an earlier spec.
  void on_stray(const json& daemonset);

 private:
  void read_spec(const json& resource);
  void take_with_sources(config::Settings settings);
  void make_sources(const config::Settings& settings);
  void start();
  void take(const config::Settings& settings);
  void make_reconcilers();
  void gate_nodes(const config::Settings& settings);
  void on_migration();
  void on_pass();
  json status(const json& last) const;
  std::vector<config::Problem> problems() const;
  std::string trouble() const;
  bool has_its_daemonsets() const;

  http::Transport& transport_;
  Scheduler& scheduler_;
  Cluster& cluster_;
  const controller::Informers informers_;
  json resource_;  // only what is read here, as there may be thousands
  std::vector<config::Problem> problems_;
  std::optional<config::Settings> wanted_;  // until the Reconcilers have them
  StatusWriter status_;
  GoOperatorMigration migration_;
  std::unique_ptr<controller::Reconcilers> reconcilers_;  // of the last spec that could be used
  HandlePtr later_;
  // Null, and none: images come from the spec alone, as nearly always.
  std::unique_ptr<Places::Place> place_;  // without one there are no sources
  std::unique_ptr<controller::ImageSources> sources_;
  std::optional<config::Settings> configured_;
  HandlePtr taking_;
  std::unique_ptr<controller::NodeGate> gate_;  // null: the resource opens no nodes
};

}  // namespace kip::operators
