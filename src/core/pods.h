// What the DaemonSet's pods tell: which node has a running pod, and which image is the trouble
// where not. Only what is not well is kept, so that thousands of pods cost little memory. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace kip::core {

struct WaitingContainer {
  std::string name;     // of the container: the image's name in IMAGES, or copy-sleep
  std::string image;    // as in the pod's spec
  std::string reason;   // the kubelet's: ErrImagePull, ImagePullBackOff, …
  std::string message;  // the kubelet's or the runtime's
  bool pull_failed = false;
  bool operator==(const WaitingContainer&) const = default;
};

// The image that a container runs, or ran.
struct Copy {
  std::string name;    // of the container
  std::string digest;  // sha256:…, empty where the runtime gives no digest of a manifest
  auto operator<=>(const Copy&) const = default;
};
// In the order of the containers. Thousands of pods have the same ones: PodStore keeps each once.
using Copies = std::shared_ptr<const std::vector<Copy>>;
const Copies& no_copies();

struct PodSummary {
  std::string node;  // empty: not scheduled
  bool ready = false;
  bool deleting = false;
  std::string unschedulable;              // the scheduler's message, empty where it is scheduled
  std::vector<WaitingContainer> waiting;  // only those with a reason that is a trouble
  Copies copies = no_copies();            // never null
  bool operator==(const PodSummary& other) const;
};

PodSummary summarize(const json& pod);

// Pods by name.
using Pods = std::map<std::string, PodSummary>;

struct ImageTrouble {
  std::string name;  // of the container
  std::string image;
  bool pull_failed = false;
  std::string reason, message;     // of one of the pods; the most telling reason
  std::vector<std::string> nodes;  // sorted
  bool operator==(const ImageTrouble&) const = default;
};

// One entry per container that is in trouble on any node, sorted by its name.
std::vector<ImageTrouble> troubles(const Pods& pods);

struct ImageSpread {
  std::size_t nodes = 0;  // that have it
  std::string digest;     // the one that most of them have
  bool operator==(const ImageSpread&) const = default;
};

// By the container's name. Containers that no node has are not there.
std::map<std::string, ImageSpread> spread(const Pods& pods);

// Nodes whose pod waits for an image that cannot be pulled.
std::size_t nodes_that_cannot_pull(const Pods& pods);

}  // namespace kip::core
