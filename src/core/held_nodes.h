// Which nodes hold a roll-out up, remembered for a while: a pod that fails, is deleted and is made
// anew again and again is held at one moment and on its way at the next, and maxSurge must not
// swing with it. Belongs to whoever asks; a plain value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/pods.h"

namespace kip::core {

struct HeldNode {
  std::string name;
  // Its old pod still runs beside the new one: then Kubernetes counts it against maxSurge. (The old
  // pod of a dead node is being deleted, and does not count.)
  bool holds_place = false;
  bool operator==(const HeldNode&) const = default;
};

// Nodes whose newest pod is neither available nor merely pulling, sorted by their names. Where
// there are none it costs what the pods cost that are not well, else all of them are looked at.
std::vector<HeldNode> held_nodes(const Pods& pods, WallTime now);

class HeldNodes {
 public:
  // What held_nodes() says now.
  void see(const std::vector<HeldNode>& held, WallTime now);

  std::size_t count() const { return nodes_.size(); }
  std::size_t places() const;  // of maxSurge that they hold
  // When one is forgotten that is no longer held, so when to see() again.
  std::optional<WallTime> next() const;

 private:
  struct Memory {
    WallTime held, held_place;  // last seen so
  };
  std::map<std::string, Memory> nodes_;
  WallTime now_;
};

}  // namespace kip::core
