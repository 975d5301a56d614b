// Where an object that the API server holds differs from the one we want, field by field: what we
// set must be there, and nothing may be there that is neither ours nor a default of the server.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace kip::core {

struct Difference {
  std::string path;      // "spec.template.spec.containers[0].image"
  std::string observed;  // compact JSON, "absent" where there is nothing
  std::string desired;
  bool operator==(const Difference&) const = default;
  auto operator<=>(const Difference&) const = default;
};

// Compares spec of a DaemonSet.
std::vector<Difference> spec_differences(const json& desired, const json& observed);

// Compares what we put on its metadata: our labels, annotations and owner reference must be there;
// those of others are theirs. An annotation that an earlier DAEMONSET_ANNOTATIONS put there and the
// present one does not name must be gone.
std::vector<Difference> metadata_differences(const json& desired, const json& observed);

// The observed DaemonSet with what we want put in: our spec, its metadata with ours laid over.
// Ready to be sent as a replacement (it keeps resourceVersion and uid).
json merged(const json& desired, const json& observed);

}  // namespace kip::core
