// What is to be told of the DaemonSet's pods: containers that do not start, and nodes whose pod as
// a whole does not run or does not end. All of it costs in proportion to the pods that are not
// well. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/held_nodes.h"
#include "core/pods.h"

namespace kip::core {

struct ImageTrouble {
  std::string name;  // of the container
  std::string image;
  bool pull_failed = false;
  std::string reason, message;     // of one of the pods; the most telling reason
  std::vector<std::string> nodes;  // sorted
  bool operator==(const ImageTrouble&) const = default;
};

struct NodeTrouble {
  std::string reason;              // the cluster's: Unschedulable, NodeNotReady, Evicted, …
  std::string message;             // of the first of the nodes
  std::vector<std::string> nodes;  // sorted
  bool operator==(const NodeTrouble&) const = default;
};

struct Troubles {
  std::vector<ImageTrouble> images;  // one per container, sorted by its name
  std::vector<NodeTrouble> nodes;    // one per reason, sorted by it; each node in one of them
  bool operator==(const Troubles&) const = default;
};

Troubles troubles(const Pods& pods, WallTime now);

// Nodes whose newest pod is neither available nor merely pulling, sorted by their names.
std::vector<HeldNode> held_nodes(const Pods& pods, WallTime now);

// The earliest time to come at which the answer of either may change without any news.
std::optional<WallTime> next_judgement(const Pods& pods, WallTime now);

}  // namespace kip::core
