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
