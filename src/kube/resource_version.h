// resourceVersions compared as what they are: etcd's revisions. Pure.
#pragma once

#include <string>

namespace kip::kube {

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
