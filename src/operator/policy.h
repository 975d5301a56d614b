// What resources may do by the operator's rights, which are more than those of whoever writes a
// resource: the operator's administrator says it, in the operator's environment. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "config/settings.h"

namespace kip::operators {

struct Policy {
  // Beside its own, which each resource may follow. DISCOVER_ALLOWED_NAMESPACES
  bool all_namespaces = false;
  std::vector<std::string> namespaces = {};  // sorted
  // Followed for every resource beside the kinds of Kubernetes. DISCOVER_KINDS
  std::vector<config::WorkloadResource> kinds = {};
  // How many resources may follow anything at once. MAX_RESOURCES_WITH_SOURCES
  std::size_t most_resources = 50;
  // "namespace/name" of the one that may open nodes, which all have in common; empty: none may.
  // NODE_GATE_RESOURCE
  std::string node_gate_resource = {};
};

// The error names the variable.
Result<Policy> policy_of(const Environment& environment);

// What this resource ("namespace/name") asks for and may not have; empty: nothing. Names the field.
config::Problems refused_by(const Policy& policy, const std::string& resource,
                            const config::Settings& settings);

}  // namespace kip::operators
