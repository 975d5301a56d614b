// What is kept of a pod of the DaemonSet: its node, its images, and what is not well with it. A
// healthy pod costs little memory, as there may be thousands. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "core/pod_failure.h"

namespace kip::core {

// Messages of the cluster are cut to this: the scheduler's and the runtime's can be far longer than
// anybody reads, and each pod that is not well keeps one.
constexpr std::size_t longest_pod_message = 500;  // bytes

struct WaitingContainer {
  std::string name;   // of the container: the image's name in IMAGES, or copy-sleep
  std::string image;  // as in the pod's spec
  // The kubelet's: ErrImagePull, ImagePullBackOff, …; ErrImagePull also where the agent pulls.
  std::string reason;
  std::string message;  // the kubelet's or the runtime's
  bool pull_failed = false;
  bool operator==(const WaitingContainer&) const = default;
};

struct Unwell {
  std::vector<WaitingContainer> waiting;  // only those with a reason that is a failure
  std::vector<PodFailure> whole;          // one at most
  bool operator==(const Unwell&) const = default;
};

// An image that a pod holds.
struct Copy {
  std::string name;       // of the container, the same as in IMAGES
  std::string digest;     // sha256:…, empty where the runtime gives no digest of a manifest
  std::string reference;  // as the pod has it
  auto operator<=>(const Copy&) const = default;
};
// In the order of the containers. Thousands of pods have the same ones: Pods keeps each once.
using Copies = std::shared_ptr<const std::vector<Copy>>;
const Copies& no_copies();

struct PodSummary {
  std::string node;                      // that it is on, or is meant for; empty: not known
  std::shared_ptr<const Unwell> unwell;  // null: all is well
  Copies copies = no_copies();           // never null
  WallTime created;
  // When its template was changed, by the pod's own annotation: our clock, and not that of who
  // made the pod. Where somebody took it away, when the pod was created.
  WallTime of_template;
  bool deleting = false;
  bool operator==(const PodSummary& other) const;
};

PodSummary summarize(const json& pod);

// What is wrong with the pod as a whole, if it lasts by now; null: nothing. Lives as long as `pod`.
const PodFailure* failure_at(const PodSummary& pod, WallTime now);

}  // namespace kip::core
