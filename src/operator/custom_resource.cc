#include "operator/custom_resource.h"

#include "config/spec.h"
#include "types/object.h"

namespace kip::operators {

kube::ObjectReference reference_to(const json& resource) {
  return {image_pullers, object::namespace_name(resource), object::name(resource)};
}

config::Reading read_custom_resource(const json& resource) {
  return config::read_spec(object_at(resource, "/spec"), object::namespace_name(resource));
}

core::OwnerReference owner_of(const json& resource) {
  return {object::name(resource), object::uid(resource), group_version, kind};
}

}  // namespace kip::operators
