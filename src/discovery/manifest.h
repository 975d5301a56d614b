// The pods that rendered manifests will make: what `helm template` and `kustomize build` write.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace kip::discovery {

struct PodTemplate {
  std::string of;    // "Deployment shop/web"
  const json* spec;  // core/v1 PodSpec; of the object that was given
};

// Those of an object, or of each object in a List: of the kinds that are known (workload_images.h),
// and of any other kind each map with a `containers` that has images, wherever it is, as custom
// resources have pod templates in many places. `object` outlives them.
std::vector<PodTemplate> pod_templates_of(const json& object);

}  // namespace kip::discovery
