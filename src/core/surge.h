// How many nodes may pull at once during a rolling change, and which nodes hold one up: these are
// remembered for a while, as a pod that fails, is deleted and is created again and again is held at
// one moment and on its way at the next, and maxSurge must not swing with it. Pure; HeldNodes is a
// plain value of whoever asks.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/pods.h"
#include "types/node_count.h"

namespace kip::core {

struct HeldNode {
  std::string name;
  // Its old pod still runs beside the new one: then Kubernetes counts it against maxSurge. (The old
  // pod of a dead node is being deleted, and does not count.)
  bool holds_place = false;
  bool operator==(const HeldNode&) const = default;
};

// Nodes whose newest pod is neither available nor merely pulling, sorted by their names. Where
// there are none it costs what the pods cost that are not well, else all of them are looked at.
std::vector<HeldNode> held_nodes(const Pods& pods, WallTime now);

class HeldNodes {
 public:
  // What held_nodes() says now.
  void see(const std::vector<HeldNode>& held, WallTime now);

  std::size_t count() const { return nodes_.size(); }
  std::size_t places() const;  // of maxSurge that they hold
  // When one is forgotten that is no longer held, so when to see() again.
  std::optional<WallTime> next() const;

 private:
  struct Memory {
    WallTime held, held_place;  // last seen so
  };
  std::map<std::string, Memory> nodes_;
  WallTime now_;
};

// MAX_NODES_PULLING limits the nodes that pull. A node whose new pod does not run and is not
// pulling (its image does not exist, the node is full, its network is broken) holds its place in
// maxSurge all the same: a typo in one image would keep the others from all nodes but the first
// fifty, and one full node would stop everything where the limit is 1. So the limit is raised by
// the places that are held, and is exactly what is configured when none is.
//
// Few writes: it is raised when fewer than half of the configured places are free, and lowered when
// at least half as many again are free as are configured, or a quarter of them or less is held.
// `observed` is the DaemonSet's maxSurge; `nodes` is status.desiredNumberScheduled; `held` the
// places of maxSurge that HeldNodes counts.
types::NodeCount max_surge(const types::NodeCount& configured, const types::NodeCount& observed,
                           std::size_t nodes, std::size_t held);

}  // namespace kip::core
