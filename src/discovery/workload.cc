#include "discovery/workload.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "discovery/placement_of.h"
#include "types/object.h"

namespace kip::discovery {

namespace {

bool holds(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

bool is_wanted(const types::ImageReference& image, const WorkloadKind& kind, const json& object,
               const config::Discovery& wanted) {
  if (!wanted.include.is_empty() && !wanted.include.match(image)) return false;
  if (wanted.exclude.match(image)) return false;
  if (!wanted.rule) return true;
  const std::string namespace_name = object::namespace_name(object), name = object::name(object);
  const std::string own_kind = string_at(object, "/kind");
  return wanted.rule->holds_for({namespace_name,
                                 own_kind.empty() ? kind.name : std::string_view(own_kind), name,
                                 image, at(object, "/metadata/labels")});
}

}  // namespace

bool is_followed(const std::string& namespace_name, const config::Discovery& wanted) {
  if (holds(wanted.ignored_namespaces, namespace_name)) return false;
  return wanted.all_namespaces || holds(wanted.namespaces, namespace_name);
}

bool is_rolling_out(const WorkloadKind& kind, const json& object) {
  if (kind.name == "Pod" || kind.name == "CronJob") return false;
  const json& status = at(object, "/status");
  if (kind.name == "Job")
    return !has(status, "/startTime") && at(object, "/spec/suspend") != json(true);
  const bool is_per_node = kind.name == "DaemonSet";
  const auto wanted = is_per_node                     ? int_at(status, "/desiredNumberScheduled")
                      : has(object, "/spec/replicas") ? int_at(object, "/spec/replicas")
                                                      : 1;
  // Of kinds of Kubernetes, a field that is not there is 0. Others may have no such field, or a
  // text.
  const bool is_built_in = std::find(std::begin(workload_kinds), std::end(workload_kinds), kind) !=
                           std::end(workload_kinds);
  const auto is_counted = [&](const char* field) {
    return is_built_in || at(status, field).is_number_integer();
  };
  const bool is_new =
      is_counted("/observedGeneration") &&
      int_at(object, "/metadata/generation") > int_at(status, "/observedGeneration");
  if (is_new) return is_per_node || wanted > 0;
  if (kind.name == "ReplicaSet" || !has(status, "/observedGeneration")) return false;
  const char* const updated = is_per_node ? "/updatedNumberScheduled" : "/updatedReplicas";
  return is_counted(updated) && int_at(status, updated) < wanted;
}

std::optional<Workload> workload_of(const WorkloadKind& kind, const json& object,
                                    const config::Discovery& wanted) {
  if (!is_followed(object::namespace_name(object), wanted) || !is_in_use(kind, object)) return {};
  const json& pod_spec = pod_spec_of(kind, object);
  Workload workload;
  for (const auto& text : images_of_pod_spec(pod_spec)) {
    auto image = types::parse_image_reference(text);
    if (image && is_wanted(*image, kind, object, wanted))
      workload.images.push_back(std::move(*image));
  }
  if (workload.images.empty()) return {};
  workload.is_pod = kind.name == "Pod";
  workload.is_owned = !object::owners(object).empty();
  workload.is_rolling_out = is_rolling_out(kind, object);
  if (wanted.placement == config::DiscoverPlacement::matching)
    workload.placement = placement_of(
        pod_spec, workload.is_pod && !object::owner_of_kind(object, "DaemonSet").empty());
  if (!config::check_size(workload.placement)) workload.placement = config::Placement();
  return workload;
}

}  // namespace kip::discovery
