// Which nodes an image is for, in the scheduler's own terms. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace kip::config {

// A node is meant that the selector and one of the terms select, and whose taints are tolerated: as
// kube-scheduler judges a pod that has these.
struct Placement {
  json node_selector = json::object();  // object of strings
  json node_terms = json::array();      // array of core/v1 NodeSelectorTerm, ORed; empty: any node
  json tolerations = json::array();     // array of core/v1 Toleration
  bool operator==(const Placement&) const = default;
};

// {"nodeSelector", "nodeSelectorTerms", "tolerations"}, without what is empty; and back, checked as
// settings are. What it does not know in it is a mistake.
json placement_json(const Placement& placement);
Result<Placement> read_placement(const json& value);
std::string text_of(const Placement& placement);  // of placement_json
// Of texts and how many images are for each, at most `most`: those of the most images.
std::set<std::string> most_used(const std::map<std::string, std::size_t>& counts, std::size_t most);

// Of a placement that others write, in bytes of its text: it is in each pod for these nodes, and an
// affinity may have a megabyte.
inline constexpr std::size_t longest_placement = 4 << 10;
Status check_size(const Placement& placement);

}  // namespace kip::config
