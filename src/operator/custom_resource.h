// A KubernetesImagePuller (che.eclipse.org/v1alpha1): what its spec asks for, as the settings of
// the service. Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "config/settings.h"
#include "core/desired.h"

namespace kip::operators {

inline constexpr const char* group_version = "che.eclipse.org/v1alpha1";
inline constexpr const char* kind = "KubernetesImagePuller";

// The path of the collection: of a namespace, or of all where it is empty.
std::string collection_path(const std::string& namespace_name);
// The path of this one.
std::string path_of(const json& resource);

// Problems name the field: "spec.imageList".
config::Reading read_custom_resource(const json& resource);

core::Owner owner_of(const json& resource);

}  // namespace kip::operators
