// What the administrator asked for, read from environment variables (spec.h: from a custom
// resource). Pure: the environment comes in as a map, every problem comes out as data, nothing is
// logged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/json.h"
#include "base/time.h"
#include "config/discovery.h"
#include "config/nats.h"
#include "config/placement.h"
#include "types/image_pattern.h"
#include "types/image_reference.h"
#include "types/node_count.h"
#include "types/quantity.h"
#include "types/taint.h"

namespace kip::config {

struct CachedImage {
  std::string name;  // the container's name: a DNS-1123 label
  types::ImageReference reference;
  std::optional<Placement> placement = std::nullopt;  // absent: as the settings have it for all
  bool operator==(const CachedImage&) const = default;
};

// How a node holds the images (docs/design/cache-modes.md).
enum class CacheMode {
  sleep,   // a sleeping container of each
  pin,     // an init container of each that has ended, and one sleeping container
  volume,  // an image volume of each, and one sleeping container
  agent,   // pulled through the runtime and pinned there, and one sleeping container
};

// The container runtime's socket on the nodes.
struct RuntimeSocket {
  std::string folder;      // absolute; what is mounted
  std::string sub_folder;  // of it, with $(NODE_NAME) in it; empty: none
  std::string name;        // of the socket
  bool operator==(const RuntimeSocket&) const = default;
};

// A pull secret for the images whose names begin so, and for no others.
struct ScopedSecret {
  types::ImagePattern images;
  std::string name;
  bool operator==(const ScopedSecret&) const = default;
};
enum class Refresh { digest_changed, always };
enum class RefreshStrategy { rolling_update, recreate };
enum class LogLevel { debug, info, warn, error };

struct Resources {
  types::Quantity memory_request, memory_limit, cpu_request, cpu_limit;
  bool operator==(const Resources&) const = default;
};

// A taint that new nodes have until their images are there (core/node_gate.h).
struct NodeGate {
  std::optional<types::Taint> taint;  // absent: there is no gate
  std::vector<std::string> images;    // names or references in IMAGES; empty: all
  Duration deadline = std::chrono::minutes{5};
  bool operator==(const NodeGate&) const = default;
};

struct Settings {
  // In the order of IMAGES, at least one unless has_image_sources(); names unique. Those of sources
  // (core/wanted_images.h) come behind, where two of one name are one image for two placements.
  std::vector<CachedImage> images;
  Duration interval{};
  Resources resources;
  std::string daemonset_name;
  std::string part_of;  // DAEMONSET_NAME, where this is one of several DaemonSets; else empty
  std::optional<Placement> nodes_of_all;  // where part_of is set: what the settings select
  std::string namespace_name;
  std::string deployment_name;                  // empty: no owner
  json node_selector;                           // object of strings
  json affinity;                                // core/v1 Affinity
  json tolerations;                             // array of core/v1 Toleration
  std::string priority_class_name;              // empty: the default one
  json daemonset_annotations;                   // object of strings
  std::vector<std::string> image_pull_secrets;  // for every image
  // For some: core/groups.h makes DaemonSets of them.
  std::vector<ScopedSecret> scoped_pull_secrets;
  std::optional<types::ImageReference> kip_image;  // absent: that of our own Deployment
  std::vector<std::string> kip_install_command;    // empty: chosen by KIP_IMAGE
  CacheMode cache_mode = CacheMode::sleep;
  std::optional<types::ImageReference> agent_image;  // absent: beside that of our own Deployment
  RuntimeSocket runtime_socket = {"/run/containerd", "", "containerd.sock"};
  Refresh refresh = Refresh::digest_changed;
  RefreshStrategy refresh_strategy = RefreshStrategy::rolling_update;
  types::NodeCount max_nodes_pulling;
  bool release_gate = false;                     // temporary lists of `warm` are followed
  std::vector<std::string> insecure_registries;  // host[:port], as references have it
  std::string registry_ca_file;                  // empty: the system's CAs alone
  NodeGate node_gate;
  LogLevel log_level = LogLevel::info;
  Discovery discovery;
  Nats nats;
  bool operator==(const Settings&) const = default;
};

// True if images may come from elsewhere than IMAGES, which then may be unset.
bool has_image_sources(const Settings& settings);

struct Problem {
  enum class Severity {
    warning,   // all that was asked for is done
    left_out,  // an entry of a list is not, the rest is
    error,     // nothing is
  };
  Severity severity = Severity::error;
  std::string setting;  // as its writer knows it: the variable's name, or "spec." and the field's
  std::string message;  // what was there, where in it, and what was expected
  bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

// An error that does not name its setting yet.
Problem error(std::string message);

// `settings` is there exactly if no problem is an error. Problems are in the order of the settings
// table, within a setting in the order of their positions.
struct Reading {
  std::optional<Settings> settings;
  Problems problems;
};

// Reads every setting and finds every problem. Variables that are empty count as unset; variables
// that are not settings are ignored. `own_namespace` is the namespace of the pod we run in, or
// empty outside a cluster: the default of NAMESPACE.
Reading read_settings(const Environment& environment, const std::string& own_namespace);

// The declaration of a setting, for help texts, documentation and checks of the chart.
struct SettingInfo {
  std::string name;                   // the variable: IMAGES
  std::string chart_value = {};       // configMap.images; empty: the chart sets it itself, or not
  std::string field = {};             // of a custom resource's spec: images; empty: none
  std::string structured_field = {};  // of the same, in place of the text: imageList; empty: none
  std::string default_value = {};     // as a user would write it; empty: none
  std::string format = {};            // "quantity", "JSON object of strings", …
  std::string help = {};              // one sentence
  bool required = false;              // unless has_image_sources()
};
// In the order of the documentation.
const std::vector<SettingInfo>& setting_infos();

// The table of settings for --help (plain text, at most 100 columns), for docs/settings.md
// (Markdown), and for the scripts that check the chart and the custom resource (JSON).
std::string settings_help();
std::string settings_markdown();
std::string settings_json();

}  // namespace kip::config
