// What is wrong with a pod as a whole: its node, its kubelet, the scheduler, a deletion that does
// not end. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"

namespace kip::core {

// What is wrong with a pod as a whole, so that its node cannot take new images.
struct PodFailure {
  enum class Kind { not_ready, silent_kubelet, no_sandbox, unschedulable, failed, terminating };
  Kind kind = Kind::not_ready;
  std::string reason;   // the cluster's: Unschedulable, Evicted, …
  std::string message;  // the cluster's, where it has one
  WallTime from;        // it is a failure from this time on; before it, it may pass by itself
  bool operator==(const PodFailure&) const = default;
};

// Messages as the cluster has them, of any length. `created`: the pod's.
std::optional<PodFailure> failure_of_whole(const json& pod, WallTime created);

}  // namespace kip::core
