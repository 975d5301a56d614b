// What to find images by, and what becomes of them: DISCOVER_…. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "filter/image_patterns.h"
#include "filter/rule.h"

namespace kip::config {

// A kind of object that makes pods of a template: DISCOVER_KINDS.
struct WorkloadResource {
  std::string api;            // "/apis/argoproj.io/v1alpha1", "/api/v1"
  std::string plural;         // "rollouts": also what it is called
  std::string template_path;  // to a core/v1 PodSpec or PodTemplateSpec: "/spec/template"
  bool operator==(const WorkloadResource&) const = default;
};

// Where what was found goes.
enum class DiscoverPlacement {
  all,       // to the nodes of the settings
  matching,  // of these to the ones where its workloads may run
};

struct Discovery {
  bool all_namespaces = false;
  std::vector<std::string> namespaces = {};  // sorted, each once; empty where it is all, or off
  std::vector<std::string> ignored_namespaces = {};  // sorted, each once
  std::string label_selector = {};                   // empty: any
  filter::ImagePatterns include = {};                // none: any
  filter::ImagePatterns exclude = {};
  std::optional<filter::Rule> rule = {};
  std::vector<WorkloadResource> kinds = {};  // beside those of Kubernetes
  Duration forget_after{};
  std::size_t max_images = 0;
  Duration gather{};
  DiscoverPlacement placement = DiscoverPlacement::all;

  bool is_on() const { return all_namespaces || !namespaces.empty(); }
  bool operator==(const Discovery&) const = default;
};

}  // namespace kip::config
