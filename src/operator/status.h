// What the status of a KubernetesImagePuller says. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/failures.h"
#include "core/plan.h"

namespace kip::operators {

struct Seen {
  std::int64_t generation = 0;                   // of the resource
  const json& last;                              // the status before this one, for its times
  const std::vector<config::Problem>& problems;  // of the spec
  const config::Settings* settings;              // in force; null: none yet
  const core::Finding& finding;                  // of the last pass; empty: none yet
  const json& daemonset;                         // null: there is none
  const core::Pods& pods;
  std::string trouble;    // with taking over from the Go operator; empty: none
  std::string kip_image;  // that sleep comes from
};

// Conditions Ready, Progressing and Degraded (reasons as the Go operator has them:
// AllResourcesReady, DeploymentNotAvailable, Reconciling, ReconcileError, ReconcileComplete),
// observedGeneration, imagePullerImage, nodes: {desired, warm}, and images: [{name, image, digest,
// nodes, lastError}]. A condition that stays as it is keeps its lastTransitionTime.
json status_of(const Seen& seen, WallTime now);

}  // namespace kip::operators
