// What there is to say of one puller, as one plain value: the log, Events, the status of a resource
// and whatever else tells people are projections of it or of its parts. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/coverage.h"
#include "core/failures.h"
#include "core/pods.h"
#include "core/reasons.h"
#include "core/rollout.h"

namespace kip::core {

struct PullerStatus {
  Finding finding;             // of the last pass; without a reason: there was none yet
  bool has_daemonset = false;  // false: `rollout` is empty
  Rollout rollout;
  std::vector<ImageCoverage> images;  // one per image, in the order of the settings
  Failures failures;                  // of images, and of nodes
  bool operator==(const PullerStatus&) const = default;
};

// Looks at all pods, for the coverage: for who asks. What is told on each event takes the parts
// that cost less, rollout() and failures(), and no other numbers. `daemonset` null: there is none.
// `held`: HeldNodes::count().
PullerStatus puller_status(const config::Settings& settings, Finding finding, const json& daemonset,
                           const Pods& pods, std::size_t held, WallTime now);

}  // namespace kip::core
