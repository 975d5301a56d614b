// What there is to say of one puller, as one plain value: the log, Events, the status of a resource
// and whatever else tells people are projections of it or of its parts – which image is on how many
// nodes, which containers do not start, and which nodes' pod as a whole does not run or end. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/pods.h"
#include "core/reasons.h"
#include "core/refresh.h"
#include "core/rollout.h"

namespace kip::core {

struct ImageCoverage {
  std::string name;   // of the container
  std::string image;  // the reference in the settings
  std::string
      digest;  // the one that most of its nodes have; empty: none, or the runtime tells none
  std::size_t nodes = 0;  // that have it
  bool operator==(const ImageCoverage&) const = default;
};

// One entry for each of `images`, in their order.
std::vector<ImageCoverage> image_coverage(const std::vector<config::CachedImage>& images,
                                          const Pods& pods);

struct ImageFailure {
  std::string name;  // of the container
  std::string image;
  bool pull_failed = false;
  std::string reason, message;     // of one of the pods; the most telling reason
  std::vector<std::string> nodes;  // sorted
  bool operator==(const ImageFailure&) const = default;
};

struct NodeFailure {
  std::string reason;              // the cluster's: Unschedulable, NodeNotReady, Evicted, …
  std::string message;             // of the first of the nodes
  std::vector<std::string> nodes;  // sorted
  bool operator==(const NodeFailure&) const = default;
};

struct Failures {
  std::vector<ImageFailure> images;  // one per container, sorted by its name
  std::vector<NodeFailure> nodes;    // one per reason, sorted by it; each node in one of them
  bool operator==(const Failures&) const = default;
};

Failures failures(const Pods& pods, WallTime now);

// The earliest time to come at which this, or held_nodes(), may change without any news.
std::optional<WallTime> next_failure(const Pods& pods, WallTime now);

struct PullerStatus {
  Finding finding;             // of the last pass; without a reason: there was none yet
  bool has_daemonset = false;  // false: `rollout` is empty
  Rollout rollout;
  std::vector<ImageCoverage> images;      // one per image, in the order of the settings
  Failures failures;                      // of images, and of nodes
  std::vector<ImageNotice> notices = {};  // what registries say of images
  bool operator==(const PullerStatus&) const = default;
};

// Looks at all pods, for the coverage: for who asks. What is told on each event takes the parts
// that cost less, rollout() and failures(), and no other numbers. `daemonset` null: there is none.
// `held`: HeldNodes::count().
PullerStatus puller_status(const config::Settings& settings, Finding finding, const json& daemonset,
                           const Pods& pods, std::size_t held, WallTime now);

// What there is to say of several DaemonSets of one puller as if they were one, for the nodes of
// the one that has most: a node is warm that has the images of all that are for it (at most; exact
// where that is none or all). An image is on as many nodes as the DaemonSet has it on that has
// most. The finding is the one that most needs to be looked at, with the name of its DaemonSet.
// `parts` not empty, in the order of `names`; `images` in the order to tell them in.
PullerStatus merged(std::vector<PullerStatus> parts, const std::vector<std::string>& names,
                    const std::vector<config::CachedImage>& images);

}  // namespace kip::core
