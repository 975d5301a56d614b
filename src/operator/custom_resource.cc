#include "operator/custom_resource.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "config/spec.h"
#include "types/object.h"

namespace kip::operators {

kube::ObjectReference reference_to(const json& resource) {
  return {image_pullers, object::namespace_name(resource), object::name(resource)};
}

config::Reading read_custom_resource(const json& resource, const Policy& policy) {
  config::Reading reading =
      config::read_spec(object_at(resource, "/spec"), object::namespace_name(resource));
  if (!reading.settings) return reading;
  auto refused = refused_by(policy, object::key(resource), *reading.settings);
  if (!refused.empty()) reading.settings.reset();
  std::move(refused.begin(), refused.end(), std::back_inserter(reading.problems));
  if (reading.settings && reading.settings->discovery.is_on())
    reading.settings->discovery.kinds = policy.kinds;
  return reading;
}

core::OwnerReference owner_of(const json& resource) {
  return {object::name(resource), object::uid(resource), group_version, kind};
}

}  // namespace kip::operators
