#include "core/plan.h"

#include <algorithm>

#include "core/checks.h"
#include "core/first_pull.h"
#include "core/image_order.h"
#include "core/refresh.h"
#include "core/rollout.h"
#include "core/wanted.h"

namespace kip::core {

namespace {

using Check = std::optional<Plan> (*)(Input&);

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
  const bool is_steady = !decided;
  Plan plan = decided ? but_not_again(*std::move(decided), observed, now) : steady(in);
  if (sleeps) return plan;  // nothing is known of the images' DaemonSet
  if (is_steady) plan.may_release_pins = may_release_pins(in);
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
