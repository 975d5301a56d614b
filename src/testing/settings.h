// Settings for tests: two images, everything else as by default.
#pragma once

#include "config/settings.h"

namespace kip::testing {

inline config::Settings some_settings() {
  config::Settings settings;
  settings.images = {{"theia", "quay.io/eclipse/che-theia:next"},
                     {"ubi", "registry.test/ubi8:8.10"}};
  settings.interval = std::chrono::hours{1};
  settings.resources = {"10Mi", "20Mi", ".05", ".2"};
  settings.daemonset_name = "kubernetes-image-puller";
  settings.namespace_name = "images";
  settings.node_selector = json::object();
  settings.affinity = json::object();
  settings.tolerations = json::array();
  settings.daemonset_annotations = json::object();
  settings.max_nodes_pulling = "50";
  return settings;
}

// 2026-01-31T12:00:00Z
inline WallTime noon() { return WallTime{std::chrono::seconds{1769860800}}; }

}  // namespace kip::testing
