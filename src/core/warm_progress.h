// How far the nodes are with the images of a temporary list, by what anybody may read who follows
// the puller's DaemonSets and pods. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "core/pods.h"
#include "core/wanted_images.h"

namespace kip::core {

// A DaemonSet of the puller: the one of DAEMONSET_NAME, or one that is part of it.
struct WarmingDaemonSet {
  const json& daemonset;
  const Pods& pods;
};

struct NodeTrouble {
  std::string node;
  std::string why;  // the cluster's reason and words
  bool operator==(const NodeTrouble&) const = default;
};

struct WarmProgress {
  enum class State {
    not_taken,  // no DaemonSet has it
    pulling,    // nodes are missing, and nothing says that they will stay so
    warm,       // it is on every node that lives
    failed,     // it will not come to a node unless somebody does something
  };
  std::string image;  // as it was written
  State state = State::not_taken;
  std::int64_t nodes = 0, wanted = 0;      // that have it, that are to have it
  std::vector<NodeTrouble> troubles = {};  // of nodes without it, sorted by the node
  std::vector<std::string> dead = {};      // nodes that are not waited for, sorted
  std::string why = {};                    // of failed, where no node is the cause
  bool operator==(const WarmProgress&) const = default;
};

// True for a DaemonSet of this puller.
bool is_of_puller(const json& daemonset, const std::string& daemonset_name);

// Of the pods and containers, by name, whose pull was denied for good (types::PullFailure): the
// reason and the words.
using Refusals = std::map<std::pair<std::string, std::string>, std::string>;
Refusals refusals_of(const std::vector<WarmingDaemonSet>& daemonsets);

// One for each of `images`, in their order. A pull that the registry or the runtime denies for good
// is a failure at once, but for those of `old`: the kubelet tries these again, and may be told
// something else. A node that cannot take pods is one after a minute, unless it is dead: no pod of
// the release will run there either.
std::vector<WarmProgress> warm_progress(const std::vector<WantedImage>& images,
                                        const std::vector<WarmingDaemonSet>& daemonsets,
                                        const std::string& daemonset_name, WallTime now,
                                        const Refusals& old = {});

}  // namespace kip::core
