#include "core/rollout.h"

#include <algorithm>

#include "core/first_pull.h"

namespace kip::core {

std::int64_t Rollout::warm() const { return is_observed ? std::min(updated, ready) : 0; }

bool Rollout::is_rolling_out() const {
  if (!is_observed) return true;
  // A large cluster always has nodes that are down or being replaced, and without the permission
  // for pods none is known to be held. If each of them stretched the interval, a refresh would come
  // half as often as was asked for. A node more or less that is still pulling is not what the
  // waiting is for: that is to keep two refreshes from meeting at the registry.
  const auto few = desired < 2 ? 0 : std::max<std::int64_t>(1, desired / 20);
  return desired - updated > static_cast<std::int64_t>(held) + few;
}

bool Rollout::is_rolled_out() const {
  return !is_rolling_out() && ready + static_cast<std::int64_t>(held) >= desired;
}

bool is_seen_by_controller(const json& daemonset) {
  return !daemonset.is_null() && int_at(daemonset, "/status/observedGeneration") >=
                                     int_at(daemonset, "/metadata/generation");
}

std::optional<std::size_t> nodes_of(const json& daemonset) {
  if (!is_seen_by_controller(daemonset)) return std::nullopt;
  const auto nodes = int_at(daemonset, "/status/desiredNumberScheduled");
  return static_cast<std::size_t>(std::max<std::int64_t>(nodes, 0));
}

Rollout rollout(const json& daemonset, std::size_t held) {
  return {.is_observed = is_seen_by_controller(daemonset) && !is_asleep(daemonset),
          .desired = int_at(daemonset, "/status/desiredNumberScheduled"),
          .updated = int_at(daemonset, "/status/updatedNumberScheduled"),
          .ready = int_at(daemonset, "/status/numberReady"),
          .held = held};
}

}  // namespace kip::core
