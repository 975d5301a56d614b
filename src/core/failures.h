// What is to be told of the DaemonSet's pods: containers that do not start, and nodes whose pod as
// a whole does not run or does not end. All of it costs in proportion to the pods that are not
// well. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/pods.h"

namespace kip::core {

struct ImageFailure {
  std::string name;  // of the container
  std::string image;
  bool pull_failed = false;
  std::string reason, message;     // of one of the pods; the most telling reason
  std::vector<std::string> nodes;  // sorted
  bool operator==(const ImageFailure&) const = default;
};

struct NodeFailure {
  std::string reason;              // the cluster's: Unschedulable, NodeNotReady, Evicted, …
  std::string message;             // of the first of the nodes
  std::vector<std::string> nodes;  // sorted
  bool operator==(const NodeFailure&) const = default;
};

struct Failures {
  std::vector<ImageFailure> images;  // one per container, sorted by its name
  std::vector<NodeFailure> nodes;    // one per reason, sorted by it; each node in one of them
  bool operator==(const Failures&) const = default;
};

Failures failures(const Pods& pods, WallTime now);

// The earliest time to come at which this, or held_nodes(), may change without any news.
std::optional<WallTime> next_failure(const Pods& pods, WallTime now);

}  // namespace kip::core
