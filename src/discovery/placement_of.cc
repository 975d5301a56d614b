#include "discovery/placement_of.h"

#include "core/placement.h"

namespace kip::discovery {

config::Placement placement_of(const json& pod_spec, bool is_of_daemonset) {
  config::Placement placement = core::placement_of(pod_spec);
  if (!is_of_daemonset) return placement;
  for (auto& term : placement.node_terms) {
    if (term.is_object()) term.erase("matchFields");
    if (array_at(term, "/matchExpressions").empty()) {
      placement.node_terms = json::array();  // any node
      break;
    }
  }
  return placement;
}

}  // namespace kip::discovery
