#include "discovery/placement_of.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kip::discovery {

namespace {

// The DaemonSet controller adds these to each of its pods.
constexpr std::string_view of_every_daemonset[] = {
    "node.kubernetes.io/not-ready",     "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure", "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",  "node.kubernetes.io/unschedulable",
};

bool counts(const json& toleration) {
  if (!toleration.is_object() || string_at(toleration, "/effect") == "PreferNoSchedule")
    return false;
  const std::string key = string_at(toleration, "/key");
  return std::find(std::begin(of_every_daemonset), std::end(of_every_daemonset), key) ==
         std::end(of_every_daemonset);
}

void sort_unique(json& array) {
  std::sort(array.begin(), array.end());
  array.erase(std::unique(array.begin(), array.end()), array.end());
}

// An entry that says nothing beyond the defaults is left out; so equal ones look equal.
json tolerations_of(const json& pod_spec) {
  json found = json::array();
  for (const auto& toleration : array_at(pod_spec, "/tolerations")) {
    if (!counts(toleration)) continue;
    json kept = json::object();
    for (const char* field : {"key", "operator", "value", "effect"})
      if (const std::string text = string_at(toleration, std::string("/") + field); !text.empty())
        kept[field] = text;
    if (kept.value("operator", "") == "Equal") kept.erase("operator");
    found.push_back(std::move(kept));
  }
  sort_unique(found);
  return found;
}

json terms_of(const json& pod_spec, bool is_of_daemonset) {
  json found = array_at(pod_spec,
                        "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                        "/nodeSelectorTerms");
  if (is_of_daemonset) {
    for (auto& term : found) {
      if (term.is_object()) term.erase("matchFields");
      if (array_at(term, "/matchExpressions").empty()) return json::array();  // any node
    }
  }
  sort_unique(found);
  return found;
}

}  // namespace

config::Placement placement_of(const json& pod_spec, bool is_of_daemonset) {
  return {object_at(pod_spec, "/nodeSelector"), terms_of(pod_spec, is_of_daemonset),
          tolerations_of(pod_spec)};
}

}  // namespace kip::discovery
