#include "core/held_nodes.h"

#include <algorithm>

namespace kip::core {

using namespace std::chrono_literals;

namespace {

// The DaemonSet controller makes a failed pod anew with a back-off that begins at a second and ends
// at 15 minutes; the first failures, which come close together, fall into this time. A node that
// was held less often is not worth a place of its own for ever.
constexpr Duration memory = 1min;

}  // namespace

void HeldNodes::see(const std::vector<HeldNode>& held, WallTime now) {
  now_ = now;
  for (auto& [name, seen] : nodes_) {  // a clock that was set back
    seen.held = std::min(seen.held, now);
    seen.held_place = std::min(seen.held_place, now);
  }
  for (const auto& node : held) {
    Memory& seen = nodes_[node.name];
    seen.held = now;
    if (node.holds_place) seen.held_place = now;
  }
  std::erase_if(nodes_, [now](const auto& node) { return now - node.second.held >= memory; });
}

std::size_t HeldNodes::places() const {
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(),
                    [this](const auto& node) { return now_ - node.second.held_place < memory; }));
}

std::optional<WallTime> HeldNodes::next() const {
  std::optional<WallTime> earliest;
  for (const auto& [name, seen] : nodes_)
    for (const WallTime time : {seen.held, seen.held_place})
      if (time < now_ && now_ - time < memory && (!earliest || time + memory < *earliest))
        earliest = time + memory;
  return earliest;
}

}  // namespace kip::core
