// The first creation: Kubernetes makes the pods of a new DaemonSet on all nodes at once, and its
// maxSurge limits changes alone. So where more nodes than MAX_NODES_PULLING may be there, the
// DaemonSet begins asleep: with one container that sleeps, in the image that sleep is taken from.
// When the nodes have it, the images are put in, which is a change. Pure; Sleepers is a plain value
// of whoever asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/desired.h"

namespace kip::core {

// True if a DaemonSet that is to be made has to begin asleep. `nodes`: that it will be for, as far
// as is known.
bool begins_asleep(const types::NodeCount& max_nodes_pulling, std::optional<std::size_t> nodes);

// What a DaemonSet that is asleep has in place of the images. It asks for no CPU and no memory, so
// that a node with room for the images has room for them beside it; with `asks_for_room` it asks
// for what one image does: a LimitRange may want that.
config::Settings asleep(config::Settings settings, const Facts& facts, bool asks_for_room);
// Whether the sleeping container of this DaemonSet does.
bool asks_for_room(const json& daemonset);
void mark_as_asleep(json& daemonset);
bool is_asleep(const json& daemonset);
// Of the DaemonSet's annotations; null: it has none.
void erase_asleep_mark(json& annotations);

// Since when no further node got the sleeping container, which no object tells.
class Sleepers {
 public:
  void see(const json& daemonset, WallTime now);
  std::optional<WallTime> since() const { return since_; }  // none: nothing is asleep

 private:
  std::string spec_;  // that this is of: UID and generation
  std::int64_t fewest_missing_ = 0;
  std::optional<WallTime> since_;
};

struct FirstPull {
  bool begins = false;  // the images go in now
  std::string detail;   // how many nodes have the sleeping container; empty: not known yet
  std::optional<WallTime> requeue_at = {};  // when the answer may change by itself
  bool is_slow = false;
  bool is_without_pods = false;  // it begins as the sleeping pods cannot be made
};
// Of one that is asleep. `since`: Sleepers::since().
FirstPull first_pull(const types::NodeCount& max_nodes_pulling, const json& daemonset,
                     std::optional<WallTime> since, WallTime now);

}  // namespace kip::core
