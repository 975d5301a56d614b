#include "operator/custom_resource.h"

#include "config/spec.h"
#include "kube/api.h"

namespace kip::operators {

namespace {

constexpr const char* group_path = "/apis/che.eclipse.org/v1alpha1";
constexpr const char* plural = "/kubernetesimagepullers";

}  // namespace

std::string collection_path(const std::string& namespace_name) {
  if (namespace_name.empty()) return std::string(group_path) + plural;
  return std::string(group_path) + "/namespaces/" + kube::percent_encoded(namespace_name) + plural;
}

std::string path_of(const json& resource) {
  return collection_path(string_at(resource, "/metadata/namespace")) + "/" +
         kube::percent_encoded(string_at(resource, "/metadata/name"));
}

config::Reading read_custom_resource(const json& resource) {
  return config::read_spec(object_at(resource, "/spec"),
                           string_at(resource, "/metadata/namespace"));
}

core::Owner owner_of(const json& resource) {
  return {string_at(resource, "/metadata/name"), string_at(resource, "/metadata/uid"),
          group_version, kind};
}

}  // namespace kip::operators
