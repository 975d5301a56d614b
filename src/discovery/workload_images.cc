#include "discovery/workload_images.h"

#include <algorithm>

#include "types/object.h"

namespace kip::discovery {

namespace {

void add(std::vector<std::string>& images, const std::string& image) {
  if (!image.empty() && std::find(images.begin(), images.end(), image) == images.end())
    images.push_back(image);
}

bool has_ended(const json& job) {
  for (const auto& condition : array_at(job, "/status/conditions")) {
    const std::string type = string_at(condition, "/type");
    if ((type == "Complete" || type == "Failed") && string_at(condition, "/status") == "True")
      return true;
  }
  return false;
}

}  // namespace

std::vector<WorkloadKind> kinds_of(const std::vector<config::WorkloadResource>& resources) {
  std::vector<WorkloadKind> kinds;
  kinds.reserve(resources.size());
  for (const auto& resource : resources)
    kinds.push_back({resource.plural, resource.api, resource.plural, resource.template_path});
  return kinds;
}

const json& pod_spec_of(const WorkloadKind& kind, const json& object) {
  const json& found = at(object, kind.pod_spec);
  const json& inner = at(found, "/spec");  // a PodSpec has no such field
  return inner.is_object() ? inner : found;
}

std::vector<std::string> images_of_pod_spec(const json& pod_spec) {
  std::vector<std::string> images;
  for (const char* containers : {"/initContainers", "/containers", "/ephemeralContainers"})
    for (const auto& container : array_at(pod_spec, containers))
      add(images, string_at(container, "/image"));
  for (const auto& volume : array_at(pod_spec, "/volumes"))
    add(images, string_at(volume, "/image/reference"));
  return images;
}

bool is_in_use(const WorkloadKind& kind, const json& object) {
  if (kind.name == "Pod") {
    const std::string phase = string_at(object, "/status/phase");
    return phase != "Succeeded" && phase != "Failed";
  }
  if (kind.name == "Job") return !has_ended(object);
  if (kind.name == "ReplicaSet")
    return object::owners(object).empty() || int_at(object, "/spec/replicas") > 0;
  return true;
}

}  // namespace kip::discovery
