// What discovery keeps of an object: its images that are wanted, and where its pods may run. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/discovery.h"
#include "config/placement.h"
#include "discovery/workload_images.h"
#include "types/image_reference.h"

namespace kip::discovery {

struct Workload {
  std::vector<types::ImageReference> images;  // at least one
  config::Placement placement;                // with DiscoverPlacement::all: that of no pod
  bool is_pod = false;
  bool is_owned = false;  // another object made it
  // Pods of it are about to be made: its images cannot wait.
  bool is_rolling_out = false;
};

// Nothing where none of its images is in use and wanted.
std::optional<Workload> workload_of(const WorkloadKind& kind, const json& object,
                                    const config::Discovery& wanted);

// Whether an object of this namespace may count.
bool is_followed(const std::string& namespace_name, const config::Discovery& wanted);

// Its controller has not yet seen the present template, or not yet made all pods of it. False where
// no pods are asked for, and where the status of a kind that is not of Kubernetes says neither.
bool is_rolling_out(const WorkloadKind& kind, const json& object);

}  // namespace kip::discovery
