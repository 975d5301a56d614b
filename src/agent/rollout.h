// How far a DaemonSet is on its nodes, and why it is no further, from what the API server has of
// it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace kip::agent {

struct Rollout {
  std::int64_t nodes = 0;  // that are to have a pod
  std::int64_t ready = 0;  // of these, with a pod of the present template that is ready
  bool is_complete = false;
  bool operator==(const Rollout&) const = default;
};

// Of a DaemonSet. What its controller has not seen yet is not complete, and has no nodes.
Rollout rollout_of(const json& daemonset);

// What keeps a pod from being ready, as "NODE: why" for each image that its init container could
// not pull, or once in the kubelet's or the scheduler's words; empty for a pod that is ready.
std::vector<std::string> rollout_problems(const json& pod);

}  // namespace kip::agent
