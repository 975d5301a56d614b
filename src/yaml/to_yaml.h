// JSON as YAML, the way people expect of Kubernetes' tools: block style, two spaces, keys sorted.
#pragma once

#include <string>

#include "base/json.h"

namespace kip {

std::string to_yaml(const json& value);

// A document for each element of an array.
std::string to_yaml_documents(const json& values);

}  // namespace kip
