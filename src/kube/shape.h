// What an object of the API looks like where code relies on it, and which of two versions of it is
// the older one. Pure.
#pragma once

#include <string>

#include "base/json.h"

namespace kip::kube {

// What is wrong with the shape of an object: metadata is an object with a name, its labels and
// annotations are objects of strings, its owner references a list. Empty: nothing.
std::string shape_problem(const json& object);

// True if both are numbers and `version` is the lower one. The API promises no order but equality
// (before Kubernetes 1.35), so what is no number is never taken for older.
inline bool is_lower_version(const std::string& version, const std::string& than) {
  const auto is_number = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!is_number(version) || !is_number(than)) return false;
  return version.size() != than.size() ? version.size() < than.size() : version < than;
}

}  // namespace kip::kube
