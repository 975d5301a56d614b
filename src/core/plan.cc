#include "core/plan.h"

#include <algorithm>

#include "base/text.h"
#include "core/names.h"
#include "core/schedule.h"
#include "core/surge.h"

namespace kip::core {

namespace {

struct Input {
  const config::Settings& settings;
  const Observed& seen;
  WallTime now;
};

using Check = std::optional<Plan> (*)(const Input&);

Action act(Action::Kind kind, const Input& in, json object = {}) {
  return {kind, std::move(object), string_at(in.seen.daemonset, "/metadata/uid"),
          string_at(in.seen.daemonset, "/metadata/resourceVersion")};
}

// A change in place, or, where the Role does not allow it, a delete that leads to a create.
Action change(const Input& in, const json& desired) {
  if (!in.seen.may_update) return act(Action::Kind::remove, in);
  return act(Action::Kind::replace, in, merged(desired, in.seen.daemonset));
}

json surge(const Input& in) {
  const auto nodes = int_at(in.seen.daemonset, "/status/desiredNumberScheduled");
  return max_surge(configured_max_surge(in.settings),
                   at(in.seen.daemonset, "/spec/updateStrategy/rollingUpdate/maxSurge"),
                   static_cast<std::size_t>(std::max<std::int64_t>(nodes, 0)), in.seen.held_places);
}

json desired(const Input& in, WallTime refreshed) {
  return desired_daemonset(in.settings, in.seen.facts, refreshed, surge(in));
}

// The refresh that the observed template records, so that another change does not count as one.
WallTime recorded_refresh(const Input& in) {
  const WallTime last = last_refresh(in.seen.daemonset, in.now);
  return last == WallTime{} ? in.now : last;
}

bool is_made_by_a_puller(const json& daemonset) {
  const json& labels = object_at(daemonset, "/metadata/labels");
  const json& selected = object_at(daemonset, "/spec/selector/matchLabels");
  return labels.value(managed_by_label, json()) == managed_by_value ||
         (selected.value(name_label, json()) == name_value &&
          selected.value(test_label, json()) == test_value);
}

bool is_owned_by_deployment(const json& daemonset, const std::string& name) {
  const json& owners = array_at(daemonset, "/metadata/ownerReferences");
  return !name.empty() && std::any_of(owners.begin(), owners.end(), [&](const json& owner) {
    return string_at(owner, "/kind") == "Deployment" && string_at(owner, "/name") == name;
  });
}

// The owner that makes it another puller's: several custom resources may stand in one namespace,
// beside a puller of its own Deployment. Null: there is none.
const json* other_owner(const json& daemonset, const Observed& seen) {
  if (!seen.facts.owner || seen.facts.owner->kind == "Deployment") return nullptr;
  for (const auto& owner : array_at(daemonset, "/metadata/ownerReferences")) {
    const std::string kind = string_at(owner, "/kind"), uid = string_at(owner, "/uid");
    const bool is_puller = kind == "Deployment" || kind == seen.facts.owner->kind;
    if (is_puller && uid != seen.facts.owner->uid && !seen.predecessors.contains(uid))
      return &owner;
  }
  return nullptr;
}

std::optional<Plan> owner_is_leaving(const Input& in) {
  if (in.seen.owner != OwnerState::leaving || !in.seen.daemonset.is_null()) return std::nullopt;
  return Plan{{"OwnerLeaving", "the Deployment is being removed; making no DaemonSet", ""}, {}, {}};
}

std::optional<Plan> absent(const Input& in) {
  if (!in.seen.daemonset.is_null()) return std::nullopt;
  return Plan{{"Absent", "there is no DaemonSet; creating it", ""},
              {Action::Kind::create, desired(in, in.now), "", ""},
              {}};
}

std::optional<Plan> of_another(const Input& in) {
  const json* owner = other_owner(in.seen.daemonset, in.seen);
  if (owner == nullptr) return std::nullopt;
  return Plan{{"OfAnother",
               "the DaemonSet of this name belongs to another image puller; leaving it alone. Set "
               "another name",
               string_at(*owner, "/kind") + " " + string_at(*owner, "/name"), true},
              {},
              {}};
}

std::optional<Plan> not_ours(const Input& in) {
  if (is_ours(in.seen.daemonset, in.settings, in.seen)) return std::nullopt;
  return Plan{{"NotOurs",
               "a DaemonSet of this name is there and was not made by an image puller; leaving it "
               "alone. Remove it, or set another DAEMONSET_NAME",
               "", true},
              {},
              {}};
}

std::optional<Plan> being_deleted(const Input& in) {
  if (!has(in.seen.daemonset, "/metadata/deletionTimestamp")) return std::nullopt;
  return Plan{{"BeingDeleted", "the DaemonSet is being deleted; waiting for its end", ""}, {}, {}};
}

std::optional<Plan> selector_differs(const Input& in) {
  const json wanted = desired(in, in.now);
  const json& selector = at(in.seen.daemonset, "/spec/selector");
  if (selector == at(wanted, "/spec/selector")) return std::nullopt;
  return Plan{
      {"SelectorDiffers", "the DaemonSet selects other pods, which cannot be changed; deleting it",
       to_text(selector)},
      act(Action::Kind::remove, in),
      {}};
}

std::optional<Plan> differs(const Input& in) {
  const json wanted = desired(in, recorded_refresh(in));
  auto found = differences(wanted, in.seen.daemonset);
  std::erase_if(found, [&](const Difference& d) { return in.seen.tolerated.contains(d); });
  if (found.empty()) return std::nullopt;
  const Difference& first = found.front();
  std::string detail =
      first.path + " is " + first.observed + " where " + first.desired + " is wanted";
  if (found.size() > 1) detail += ", and " + std::to_string(found.size() - 1) + " more differences";
  // One change of the template serves both, where the images are due as well.
  const bool due = in.now >= next_refresh(in.seen.daemonset, in.settings.interval, in.now);
  return Plan{{"Differs", "the DaemonSet differs from what is wanted; changing it", detail},
              change(in, due ? desired(in, in.now) : wanted),
              {}};
}

std::optional<Plan> refresh_is_due(const Input& in) {
  const WallTime due = next_refresh(in.seen.daemonset, in.settings.interval, in.now);
  if (in.now < due) return std::nullopt;
  const bool recreate =
      in.settings.refresh_strategy == config::RefreshStrategy::recreate || !in.seen.may_update;
  const bool patient = in.now < due + in.settings.interval;
  if (!recreate && patient && is_rolling_out(in.seen.daemonset, in.seen.held)) {
    return Plan{{"RefreshWaits", "images are due, and the last change is still rolling out", ""},
                {},
                due + in.settings.interval};
  }
  const std::string last = to_rfc3339(last_refresh(in.seen.daemonset, in.now));
  if (recreate) {
    return Plan{{"Refresh", "images are due; recreating the DaemonSet", "last " + last},
                act(Action::Kind::remove, in),
                {}};
  }
  return Plan{{"Refresh", "images are due; replacing pods node by node", "last " + last},
              act(Action::Kind::replace, in, merged(desired(in, in.now), in.seen.daemonset)),
              {}};
}

Plan steady(const Input& in) {
  return {{"Steady", "the DaemonSet is as wanted", ""},
          {},
          next_refresh(in.seen.daemonset, in.settings.interval, in.now)};
}

}  // namespace

bool is_ours(const json& daemonset, const config::Settings& settings, const Observed& observed) {
  return other_owner(daemonset, observed) == nullptr &&
         (is_made_by_a_puller(daemonset) ||
          is_owned_by_deployment(daemonset, settings.deployment_name));
}

Plan plan(const config::Settings& settings, const Observed& observed, WallTime now) {
  constexpr Check checks[] = {owner_is_leaving, absent,           of_another, not_ours,
                              being_deleted,    selector_differs, differs,    refresh_is_due};
  const Input in{settings, observed, now};
  for (const Check check : checks)
    if (auto decided = check(in)) return *std::move(decided);
  return steady(in);
}

}  // namespace kip::core
