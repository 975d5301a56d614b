// The checks of what comes after a roll-out, or does not come.
#include <algorithm>

#include "core/checks.h"
#include "core/names.h"
#include "core/pins.h"
#include "core/rollout.h"
#include "core/wanted.h"

namespace kip::core {

namespace {

// The DaemonSet controller makes pods within seconds, and tries again what was refused for minutes.
constexpr Duration patience_with_pods = std::chrono::minutes{3};

}  // namespace

bool leaves_pins(const Input& in) {
  return in.all.cache_mode != config::CacheMode::agent && !pinned_by(in.daemonset).empty();
}

// Pods of the present template are not there and do not come: nobody pulls, and nobody fails.
std::optional<Plan> no_pods_come(Input& in) {
  if (in.seen.pods == nullptr || in.seen.pods->size() == 0) return std::nullopt;
  const Rollout seen = rollout(in.daemonset, in.seen.held);
  if (!seen.is_observed || seen.updated >= seen.desired) return std::nullopt;
  WallTime last = in.record().changed;
  std::int64_t made = 0;
  for (const auto& [name, pod] : *in.seen.pods) {
    last = std::max(last, pod.created);
    made += !pod.deleting && pod.of_template >= in.record().changed ? 1 : 0;
  }
  if (made > seen.updated) return std::nullopt;  // on their way
  if (const WallTime from = last + patience_with_pods; in.now < from) {
    in.not_after(from);
    return std::nullopt;
  }
  return Plan{finding_of(reasons::no_pods, std::to_string(seen.updated) + " of " +
                                               std::to_string(seen.desired) +
                                               " nodes have a pod of the present template"),
              {},
              {}};
}

// Not before: what neither a pin nor a container holds may be collected. A node that does not get
// warm is waited for one interval.
bool may_release_pins(Input& in) {
  if (!leaves_pins(in) || in.seen.are_pins_released || in.is_asleep) return false;
  const Rollout seen = rollout(in.daemonset, in.seen.held);
  if (!seen.is_rolled_out()) return false;
  const WallTime at_last = in.record().changed + in.settings.interval;
  if (seen.is_warm() || in.now >= at_last) return true;
  in.not_after(at_last);
  return false;
}

// The mark goes.
std::optional<Plan> pins_are_released(Input& in) {
  if (!in.seen.are_pins_released || !in.seen.may_update || !leaves_pins(in)) return std::nullopt;
  Action action = replace(in, wanted(in));
  action.object["metadata"]["annotations"].erase(pins_mark);
  return Plan{finding_of(reasons::pins_released), std::move(action), {}};
}

}  // namespace kip::core
