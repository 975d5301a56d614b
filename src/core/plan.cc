#include "core/plan.h"

#include <algorithm>

#include "base/text.h"
#include "core/first_pull.h"
#include "core/image_order.h"
#include "core/names.h"
#include "core/ownership.h"
#include "core/pins.h"
#include "core/refresh.h"
#include "core/rollout.h"
#include "core/wanted.h"

namespace kip::core {

namespace {

// What takes longer is told.
constexpr Duration patience = std::chrono::minutes{1};
// The DaemonSet controller makes pods within seconds, and tries again what was refused for minutes.
constexpr Duration patience_with_pods = std::chrono::minutes{3};

using Check = std::optional<Plan> (*)(Input&);

std::optional<Plan> owner_is_leaving(Input& in) {
  if (in.seen.owner != OwnerState::leaving) return std::nullopt;
  return Plan{finding_of(reasons::owner_leaving), {}, {}};
}

std::optional<Plan> of_another(Input& in) {
  const json* owner = other_owner(in.daemonset, in.seen.facts, in.seen.predecessors);
  if (owner == nullptr) return std::nullopt;
  return Plan{finding_of(reasons::of_another,
                         string_at(*owner, "/kind") + " " + string_at(*owner, "/name")),
              {},
              {}};
}

std::optional<Plan> not_ours(Input& in) {
  if (in.daemonset.is_null() ||
      is_ours(in.daemonset, in.settings, in.seen.facts, in.seen.predecessors))
    return std::nullopt;
  return Plan{finding_of(reasons::not_ours), {}, {}};
}

std::optional<Plan> being_deleted(Input& in) {
  const std::string since = string_at(in.daemonset, "/metadata/deletionTimestamp");
  if (since.empty()) return std::nullopt;
  const WallTime told_from = from_rfc3339(since).value_or(in.now) + patience;
  Plan plan{finding_of(reasons::being_deleted), {}, told_from};
  if (in.now < told_from) return plan;
  std::vector<std::string> finalizers;
  for (const auto& each : array_at(in.daemonset, "/metadata/finalizers"))
    if (each.is_string()) finalizers.push_back(each.get<std::string>());
  plan.finding.detail = "since " + since + ", held by " +
                        (finalizers.empty() ? "nothing that it names" : joined(finalizers));
  if (!in.seen.pod_left.empty()) plan.finding.detail += "; it waits for " + in.seen.pod_left;
  plan.finding.is_warning = true;
  plan.requeue_at.reset();
  return plan;
}

std::optional<Plan> kip_image_unknown(Input& in) {
  if (in.settings.kip_image || !in.seen.facts.own_image.empty()) return std::nullopt;
  return Plan{finding_of(reasons::kip_image_unknown), {}, {}};
}

std::optional<Plan> absent(Input& in) {
  if (!in.daemonset.is_null()) return std::nullopt;
  const std::string detail =
      in.is_asleep ? "without the images at first, so that no more than " +
                         in.settings.max_nodes_pulling.text() +
                         (in.settings.max_nodes_pulling == types::NodeCount(1) ? " node pulls"
                                                                               : " nodes pull") +
                         " at once"
                   : "";
  return Plan{finding_of(reasons::absent, detail), create(in, wanted(in)), {}};
}

std::optional<Plan> selector_differs(Input& in) {
  const json& selector = at(in.daemonset, "/spec/selector");
  if (selector == desired_selector()) return std::nullopt;
  return Plan{finding_of(reasons::selector_differs, to_text(selector)), remove(in, wanted(in)), {}};
}

std::vector<Difference> metadata_of(const Input& in) {
  const json desired = {{"metadata", desired_metadata(in.settings, in.seen.facts)}};
  auto found = metadata_differences(desired, in.daemonset);
  for (const auto& owner : array_at(in.daemonset, "/metadata/ownerReferences"))
    if (is_predecessor(in, owner))
      found.push_back({"metadata.ownerReferences", to_text(owner), "absent"});
  return found;
}

std::optional<Plan> differs(Input& in) {
  const auto is_tolerated = [&](const Difference& d) { return in.seen.tolerated.contains(d); };
  std::vector<Difference> found;
  if (!in.is_spec_as_wanted) {
    found = spec_differences(wanted(in), in.daemonset);
    std::erase_if(found, is_tolerated);
    in.is_spec_as_wanted = found.empty();
  }
  for (auto& difference : metadata_of(in))
    if (!is_tolerated(difference)) found.push_back(std::move(difference));
  if (found.empty()) return std::nullopt;
  // What we keep record by is told where nothing else differs.
  const auto is_of_the_record = [](const Difference& d) {
    return d.path.starts_with("spec.template.metadata.annotations.");
  };
  if (!std::all_of(found.begin(), found.end(), is_of_the_record))
    std::erase_if(found, is_of_the_record);
  const Difference& first = found.front();
  std::string detail =
      first.path + " is " + first.observed + " where " + first.desired + " is wanted";
  if (const std::size_t more = found.size() - 1; more > 0)
    detail += ", and " + std::to_string(more) + " more difference" + (more == 1 ? "" : "s");
  // One change of the template serves both, where the images are due as well.
  return Plan{finding_of(in.seen.may_update ? reasons::differs : reasons::differs_recreate, detail),
              change(in, refreshed_now(in)),
              {}};
}

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
  const bool recreate =
      in.settings.refresh_strategy == config::RefreshStrategy::recreate || !in.seen.may_update;
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

bool leaves_pins(const Input& in) {
  return in.all.cache_mode != config::CacheMode::agent && !pinned_by(in.daemonset).empty();
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

Plan steady(Input& in) { return {finding_of(reasons::steady), {}, in.due().requeue_at}; }

void tell_what_is_last(Input& in, std::vector<ImageNotice>& notices) {
  for (const auto& name : in.record().last)
    for (const auto& image : in.settings.images)
      if (image.name == name)
        notices.push_back(are_absent_left_out(in.settings.cache_mode)
                              ? ImageNotice{name, image.reference.text, &reasons::left_out,
                                            "until its registry has it"}
                              : ImageNotice{name, image.reference.text, &reasons::put_last,
                                            "it comes behind the others until the next change"});
}

// What was refused is not offered again before its time.
Plan but_not_again(Plan plan, const Observed& seen, WallTime now) {
  if (plan.action.kind == Action::Kind::none || !seen.refused || now >= seen.refused->until ||
      plan.action.kind != seen.refused->kind)
    return plan;
  return {finding_of(reasons::refused, seen.refused->message), {}, seen.refused->until};
}

}  // namespace

Plan plan(const config::Settings& settings, const Observed& observed, WallTime now) {
  constexpr Check checks[] = {owner_is_leaving,   of_another,        not_ours,
                              being_deleted,      kip_image_unknown, absent,
                              selector_differs,   images_go_in,      differs,
                              images_wait,        refresh_is_due,    others_are_held_up,
                              absent_is_left_out, asking_is_over,    digests_are_known,
                              pins_are_released,  no_pods_come};
  static const json none;
  const json& daemonset = observed.daemonset == nullptr ? none : *observed.daemonset;
  const bool sleeps =
      daemonset.is_null()
          ? observed.may_update && begins_asleep(settings.max_nodes_pulling, observed.nodes_before)
          : is_asleep(daemonset);
  std::optional<config::Settings> sleeping;
  if (sleeps) sleeping = asleep(settings, observed.facts, asks_for_room(daemonset));
  Input in(settings, sleeping ? *sleeping : settings, sleeps, observed, daemonset, now);
  std::optional<Plan> decided;
  for (const Check check : checks)
    if ((decided = check(in))) break;
  Plan plan = decided ? but_not_again(*std::move(decided), observed, now) : steady(in);
  if (sleeps) return plan;  // nothing is known of the images' DaemonSet
  if (!decided) plan.may_release_pins = may_release_pins(in);
  if (in.look_again) {
    const WallTime time = *in.look_again;
    plan.requeue_at = std::min(plan.requeue_at.value_or(time), time);
  }
  if (in.is_spec_as_wanted) plan.spec_as_wanted = in.compared();
  if (in.due_ && !daemonset.is_null()) {
    plan.notices = in.due_->notices;
    plan.disagreeing = in.due_->disagreeing;
    tell_what_is_last(in, *plan.notices);
    if (in.due_->containers.empty() && observed.tags != nullptr &&
        plan.action.kind == Action::Kind::none && plan.finding.reason != reasons::refused.name)
      plan.checked_images =
          CheckedImages(observed, rollout(daemonset, observed.held).is_rolled_out(), *in.due_);
  }
  return plan;
}

}  // namespace kip::core
