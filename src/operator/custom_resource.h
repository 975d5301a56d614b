// A KubernetesImagePuller (che.eclipse.org/v1alpha1): what its spec asks for, as the settings of
// the service. Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"
#include "kube/resource.h"
#include "operator/policy.h"

namespace kip::operators {

inline constexpr const char* group_version = "che.eclipse.org/v1alpha1";
inline constexpr const char* kind = "KubernetesImagePuller";

inline constexpr kube::Resource image_pullers{"/apis/che.eclipse.org/v1alpha1",
                                              "kubernetesimagepullers"};

kube::ObjectReference reference_to(const json& resource);

// Problems name the field: "spec.imageList". What the policy refuses is one that is an error.
config::Reading read_custom_resource(const json& resource, const Policy& policy = {});

core::OwnerReference owner_of(const json& resource);

}  // namespace kip::operators
