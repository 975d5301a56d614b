// YAML as JSON, as Kubernetes reads its files: both forms go through one parser, and all that is
// behind it knows JSON alone. Pure; any thread may call it.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace kip {

// The one document in `text`; JSON is YAML. Plain scalars are numbers, booleans and nulls by the
// core schema of YAML 1.2 (`yes` and `on` are texts), others and quoted ones are texts. The Error
// is permanent and says at which line what is wrong: no YAML, bytes that are no text, no document
// or several, a key that is no text or stands twice, lists and maps that are too deep, or aliases
// that make too much of it.
Result<json> from_yaml(std::string_view text);

// The same for any number of documents, of which each may be larger, as manifests of Kubernetes
// come; without the empty ones.
Result<std::vector<json>> from_yaml_documents(std::string_view text);

}  // namespace kip
