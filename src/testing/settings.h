// Settings for tests: two images, everything else as by default.
#pragma once

#include "config/settings.h"

namespace kip::testing {

inline types::ImageReference reference(std::string_view text) {
  return *types::parse_image_reference(text);
}

inline config::Settings some_settings() {
  config::Settings settings;
  settings.images = {{"theia", reference("quay.io/eclipse/che-theia:next")},
                     {"ubi", reference("registry.test/ubi8:8.10")}};
  settings.interval = std::chrono::hours{1};
  const auto quantity = [](const char* text) { return *types::Quantity::parse(text); };
  settings.resources = {quantity("10Mi"), quantity("20Mi"), quantity(".05"), quantity(".2")};
  settings.daemonset_name = "kubernetes-image-puller";
  settings.namespace_name = "images";
  settings.node_selector = json::object();
  settings.affinity = json::object();
  settings.tolerations = json::array();
  settings.daemonset_annotations = json::object();
  settings.max_nodes_pulling = 50;
  settings.refresh = config::Refresh::always;  // no registry is asked
  return settings;
}

// 2026-01-31T12:00:00Z
inline WallTime noon() { return WallTime{std::chrono::seconds{1769860800}}; }

}  // namespace kip::testing
