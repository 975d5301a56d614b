// How far the pods of a DaemonSet are, by its own status and by the nodes that are held. Everything
// that asks whether nodes are warm asks here: the plan before a refresh, the log, the status of a
// resource, and what waits for a roll-out. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/json.h"

namespace kip::core {

struct Rollout {
  // False while the DaemonSet controller has not seen the present spec, as
  // status.observedGeneration says: the counts are then of an earlier one, and say nothing of this
  // one. Nor do they while it is asleep, as they are not of the images (first_pull.h).
  bool is_observed = false;
  std::int64_t desired = 0;  // nodes that are to have a pod: status.desiredNumberScheduled
  std::int64_t updated = 0;  // nodes whose pod is of the present template: updatedNumberScheduled
  std::int64_t ready = 0;    // nodes whose pod is Ready, of whichever template: numberReady
  std::size_t held = 0;      // HeldNodes::count()

  // Nodes that have every image: their pod is of the present template and Ready. The DaemonSet
  // controller looks at one pod of each node, the oldest, and counts it for either; so the smaller
  // number is exact when it is all nodes or none, and at most the unready ones too high between.
  // Held nodes and stragglers are not left out: a node is warm, or it is not.
  std::int64_t warm() const;
  // Every node is warm; also where there is no node.
  bool is_warm() const { return is_observed && warm() >= desired; }

  // Kubernetes is still replacing pods for the last change of the template, apart from nodes that
  // it cannot replace them on: the held ones, and a few beside them.
  bool is_rolling_out() const;
  // That is over, and every node that is not held has a pod that is Ready.
  bool is_rolled_out() const;

  bool operator==(const Rollout&) const = default;
};

// Whether its status is of its present spec.
bool is_seen_by_controller(const json& daemonset);
// That it is for, by its own status; none: not known yet, or there is no DaemonSet.
std::optional<std::size_t> nodes_of(const json& daemonset);

// `daemonset` as the API server told it; null: there is none, and nothing is observed.
Rollout rollout(const json& daemonset, std::size_t held);

}  // namespace kip::core
