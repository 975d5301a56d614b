#include "discovery/manifest.h"

#include <algorithm>

#include "discovery/workload_images.h"
#include "types/object.h"

namespace kip::discovery {

namespace {

bool is_pod_spec(const json& value) {
  const json& containers = array_at(value, "/containers");
  return std::any_of(containers.begin(), containers.end(),
                     [](const json& container) { return !string_at(container, "/image").empty(); });
}

const WorkloadKind* kind_of(const json& object) {
  const std::string kind = string_at(object, "/kind"), version = string_at(object, "/apiVersion");
  for (const auto& known : workload_kinds)
    if (known.name == kind && known.api.ends_with("/" + version)) return &known;
  return nullptr;
}

void search(const json& value, const std::string& of, std::vector<PodTemplate>& found) {
  if (is_pod_spec(value)) {
    found.push_back({of, &value});
    return;
  }
  if (value.is_structured())
    for (const auto& child : value) search(child, of, found);
}

}  // namespace

std::vector<PodTemplate> pod_templates_of(const json& object) {
  std::vector<PodTemplate> found;
  if (string_at(object, "/kind").ends_with("List") && at(object, "/items").is_array()) {
    for (const auto& item : array_at(object, "/items"))
      for (auto& each : pod_templates_of(item)) found.push_back(std::move(each));
    return found;
  }
  const std::string of = string_at(object, "/kind") + " " + object::key(object);
  if (const WorkloadKind* kind = kind_of(object); kind != nullptr) {
    if (const json& spec = at(object, kind->pod_spec); spec.is_object())
      found.push_back({of, &spec});
    return found;
  }
  search(object, of, found);
  return found;
}

}  // namespace kip::discovery
