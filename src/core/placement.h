// Placements taken from pod specs and from settings, and what they are together. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "config/placement.h"
#include "config/settings.h"

namespace kip::core {

// Where the pods of a core/v1 PodSpec may run, in one form for all that mean the same: tolerations
// are sorted, without those that the DaemonSet controller gives its pods anyway, those that only
// rank nodes, and tolerationSeconds. Of affinity, the required one to nodes counts.
config::Placement placement_of(const json& pod_spec);
// NODE_SELECTOR, AFFINITY and TOLERATIONS, in the same form.
config::Placement placement_of(const config::Settings& settings);

// Nodes that the settings select and where the workload may run: both selectors, both terms, the
// tolerations of the workload. An error where no node can be of both, with what contradicts.
Result<config::Placement> within(const config::Placement& settings,
                                 const config::Placement& workload);

// True only if each node of `narrow` is one of `wide`, judged by their form alone.
bool covers(const config::Placement& wide, const config::Placement& narrow);

// The settings of a DaemonSet for these nodes; the rest of AFFINITY stays.
void put_placement(const config::Placement& placement, config::Settings& settings);

}  // namespace kip::core
