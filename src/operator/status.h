// What the status of a KubernetesImagePuller says: core::PullerStatus in the words of its schema.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/status.h"

namespace kip::operators {

struct Seen {
  std::int64_t generation = 0;                   // of the resource
  const json& last;                              // the status before this one, for its times
  const std::vector<config::Problem>& problems;  // of the spec
  const core::PullerStatus* puller;              // null: no spec could be used yet
  std::string trouble;    // with taking over, or with what it may not see; empty: none
  std::string kip_image;  // that sleep comes from
};

// Conditions Ready, Progressing and Degraded (reasons as the Go operator has them:
// AllResourcesReady, DeploymentNotAvailable, Reconciling, ReconcileError, ReconcileComplete),
// observedGeneration, imagePullerImage, nodes: {desired, warm}, and images: [{name, image, digest,
// nodes, lastError}]. A condition that stays as it is keeps its lastTransitionTime.
json status_of(const Seen& seen, WallTime now);

}  // namespace kip::operators
