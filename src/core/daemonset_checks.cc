// The checks of the DaemonSet itself: whose it is, whether it is there, and how it differs.
#include <algorithm>

#include "base/text.h"
#include "core/checks.h"
#include "core/names.h"
#include "core/ownership.h"
#include "core/wanted.h"

namespace kip::core {

namespace {

std::vector<Difference> metadata_of(const Input& in) {
  const json desired = {{"metadata", desired_metadata(in.settings, in.seen.facts)}};
  auto found = metadata_differences(desired, in.daemonset);
  for (const auto& owner : array_at(in.daemonset, "/metadata/ownerReferences"))
    if (is_predecessor(in, owner))
      found.push_back({"metadata.ownerReferences", to_text(owner), "absent"});
  return found;
}

}  // namespace

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

}  // namespace kip::core
