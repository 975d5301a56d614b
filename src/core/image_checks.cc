// The checks of what the nodes are asked for: the first pull, refreshes, and images that fail.
#include <algorithm>

#include "core/checks.h"
#include "core/first_pull.h"
#include "core/image_order.h"
#include "core/names.h"
#include "core/ownership.h"
#include "core/rollout.h"
#include "core/wanted.h"

namespace kip::core {

// As a DaemonSet that is made now: nodes ask for all images.
std::optional<Plan> images_go_in(Input& in) {
  if (!in.is_asleep) return std::nullopt;
  // Without the right to update, what is made anew is made with the images.
  const FirstPull pull = in.seen.may_update ? first_pull(in.all.max_nodes_pulling, in.daemonset,
                                                         in.seen.sleeping_since, in.now)
                                            : FirstPull{true, "on all nodes at once"};
  if (!pull.begins) return std::nullopt;
  if (pull.is_without_pods && in.seen.may_update && !asks_for_room(in.daemonset))
    return Plan{finding_of(reasons::first_pull_waits,
                           "no pod can be made without requests; it gets those of an image"),
                replace(in, wanted_asleep(in, asleep(in.all, in.seen.facts, true))),
                {}};
  TemplateRecord record = new_record(in.all, in.now);
  if (in.seen.tags != nullptr) leave_what_cannot_be_asked(record, in.all, *in.seen.tags);
  record.last = images_to_put_last(in, record);
  json object = desired_daemonset(in.all, in.seen.facts, record, in.max_surge);
  keep_restart(in, object);
  return Plan{finding_of(in.seen.may_update ? reasons::first_pull : reasons::first_pull_recreate,
                         pull.detail),
              change(in, std::move(object)),
              {}};
}

std::optional<Plan> images_wait(Input& in) {
  if (!in.is_asleep) return std::nullopt;
  FirstPull pull =
      first_pull(in.all.max_nodes_pulling, in.daemonset, in.seen.sleeping_since, in.now);
  Plan plan{finding_of(reasons::first_pull_waits, std::move(pull.detail)), {}, pull.requeue_at};
  plan.finding.is_warning = pull.is_slow;
  return plan;
}

// An image that fails and that others wait for, which is no reason to delete and create.
std::optional<Plan> others_are_held_up(Input& in) {
  if (!in.do_images_wait() || !in.seen.may_update || in.seen.pods == nullptr ||
      in.seen.pods->not_well().empty())
    return std::nullopt;
  const auto found = hold_up(in.settings, in.record(), *in.seen.pods, in.seen.tags);
  if (!found || rollout(in.daemonset, in.seen.held).is_rolling_out()) return std::nullopt;
  if (in.now < found->from) {
    in.not_after(found->from);
    return std::nullopt;
  }
  // What nodes were asked for before, those that are held up still are.
  return Plan{finding_of(reasons::holds_up, found->detail),
              replace(in, asking_for(in, in.record().asked_for())),
              {}};
}

// One that makes pods unready for nothing, as nobody has it.
std::optional<Plan> absent_is_left_out(Input& in) {
  if (!in.seen.may_update || in.seen.pods == nullptr) return std::nullopt;
  const auto found = absentee(in.settings, in.record(), *in.seen.pods, in.seen.tags);
  if (!found) return std::nullopt;
  if (in.now < found->from) {
    in.not_after(found->from);
    return std::nullopt;
  }
  return Plan{finding_of(reasons::leaves_out, found->detail),
              replace(in, asking_for(in, in.record().asked_for())),
              {}};
}

// A kubelet asks the registry for an image volume whose pull policy is Always each time that it
// looks at the pod, so about once a minute. What all nodes have got is no longer asked for.
std::optional<Plan> asking_is_over(Input& in) {
  if (in.settings.cache_mode != config::CacheMode::volume || !in.seen.may_update ||
      in.record().asked_for_again().empty())
    return std::nullopt;
  const Rollout seen = rollout(in.daemonset, in.seen.held);
  if (!seen.is_rolled_out()) return std::nullopt;
  // A node that comes back later is to ask, too, but not for ever.
  const WallTime at_last = in.record().changed + in.settings.interval;
  if (!seen.is_warm() && in.now < at_last) {
    in.not_after(at_last);
    return std::nullopt;
  }
  TemplateRecord record = in.record();
  record.last = images_to_put_last(in, record);
  record.ask_for({}, in.now);
  return Plan{finding_of(reasons::asking_over), replace(in, wanted(in, std::move(record))), {}};
}

// What was learned of digests, which replaces no pod.
std::optional<Plan> digests_are_known(Input& in) {
  if (!in.due().containers.empty() || !in.is_looked || !in.seen.may_update) return std::nullopt;
  const json known = {{"metadata", {{"annotations", image_annotations(in.record(), in.settings)}}}};
  auto found = metadata_differences(known, in.daemonset);
  std::erase_if(found, [&](const Difference& d) {
    return !d.path.starts_with("metadata.annotations." + std::string(asked_prefix)) ||
           in.seen.tolerated.contains(d);
  });
  if (found.empty()) return std::nullopt;
  return Plan{finding_of(reasons::digests_known), replace(in, wanted(in)), {}};
}

std::optional<Plan> refresh_is_due(Input& in) {
  const Due& due = in.due();
  if (due.containers.empty()) return std::nullopt;
  // With the DaemonSet the mark would go that its nodes have pins.
  const bool recreate =
      (in.settings.refresh_strategy == config::RefreshStrategy::recreate && !leaves_pins(in)) ||
      !in.seen.may_update;
  const bool patient = in.now < due.since + in.settings.interval;
  if (!recreate && patient && rollout(in.daemonset, in.seen.held).is_rolling_out()) {
    Plan waits{finding_of(reasons::refresh_waits), {}, {}};
    waits.finding.is_warning = in.now >= due.since + patience;
    waits.requeue_at = waits.finding.is_warning
                           ? due.since + in.settings.interval
                           : due.since + std::min<Duration>(patience, in.settings.interval);
    return waits;
  }
  if (recreate)
    return Plan{
        finding_of(due.by_time ? reasons::refresh_recreate : reasons::moved_recreate, due.detail),
        remove(in, refreshed_now(in)),
        {}};
  return Plan{finding_of(due.by_time ? reasons::refresh : reasons::moved, due.detail),
              replace(in, refreshed_now(in)),
              {}};
}

}  // namespace kip::core
