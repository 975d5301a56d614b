// The spec of a KubernetesImagePuller (deploy/operator/crd.yaml) → Settings, by the same table as
// the environment. Pure; any thread may call it.
#pragma once

#include <string>

#include "base/json.h"
#include "config/settings.h"

namespace kip::config {

// A setting is in a field of text, as the Go operator has it, or in one with structure; what has
// no field has its default. Problems name the field: "spec.imageList". `namespace_name` is that of
// the resource.
Reading read_spec(const json& spec, const std::string& namespace_name);

}  // namespace kip::config
