// The rules of one core/v1 Toleration. Pure; any thread may call it.
// Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#scheduling
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace kip::config {

// `place` is the JSON Pointer to the toleration, for messages.
Status check_toleration(const json& toleration, const std::string& place);

}  // namespace kip::config
