#include "core/pod_security.h"

namespace kip::core {

std::string refusal_of_host_path(const json& namespace_object) {
  constexpr const char* label = "pod-security.kubernetes.io/enforce";
  const json& labels = object_at(namespace_object, "/metadata/labels");
  const auto found = labels.find(label);
  if (found == labels.end() || !found->is_string() || *found == "privileged") return {};
  return "the namespace " + string_at(namespace_object, "/metadata/name") +
         " enforces Pod Security \"" + found->get<std::string>() +
         "\", which lets in no pod with the runtime's socket (hostPath), as CACHE_MODE=agent needs "
         "it: label the namespace " +
         label + "=privileged, or hold the images in another way";
}

}  // namespace kip::core
