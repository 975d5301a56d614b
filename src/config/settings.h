// What the administrator asked for, read from environment variables. Pure: the environment comes in
// as a map, every problem comes out as data, nothing is logged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/json.h"
#include "base/time.h"

namespace kip::config {

struct CachedImage {
  std::string name;       // the container's name: a DNS-1123 label
  std::string reference;  // as written, e.g. "quay.io/eclipse/che-theia:next"
  bool operator==(const CachedImage&) const = default;
};

enum class RefreshStrategy { rolling_update, recreate };
enum class LogLevel { debug, info, warn, error };

struct Resources {  // Kubernetes quantities, as written
  std::string memory_request, memory_limit, cpu_request, cpu_limit;
  bool operator==(const Resources&) const = default;
};

struct Settings {
  std::vector<CachedImage> images;  // in the order of IMAGES, at least one, names unique
  Duration interval{};
  Resources resources;
  std::string daemonset_name;
  std::string namespace_name;
  std::string deployment_name;      // empty: no owner
  json node_selector;               // object of strings
  json affinity;                    // core/v1 Affinity
  json tolerations;                 // array of core/v1 Toleration
  std::string priority_class_name;  // empty: the default one
  json daemonset_annotations;       // object of strings
  std::vector<std::string> image_pull_secrets;
  std::string kip_image;                         // empty: that of our own Deployment
  std::vector<std::string> kip_install_command;  // empty: chosen by KIP_IMAGE
  RefreshStrategy refresh_strategy = RefreshStrategy::rolling_update;
  std::string max_nodes_pulling;  // an integer ≥ 1 or a percentage "1%" to "100%"
  LogLevel log_level = LogLevel::info;
  bool operator==(const Settings&) const = default;
};

struct Problem {
  enum class Severity { warning, error };
  Severity severity = Severity::error;
  std::string setting;  // the variable's name
  std::string message;  // what was there, where in it, and what was expected
  bool operator==(const Problem&) const = default;
};

// `settings` is there exactly if no problem is an error. Problems are in the order of the settings
// table, within a setting in the order of their positions.
struct Reading {
  std::optional<Settings> settings;
  std::vector<Problem> problems;
};

// Reads every setting and finds every problem. Variables that are empty count as unset; variables
// that are not settings are ignored. `own_namespace` is the namespace of the pod we run in, or
// empty outside a cluster: the default of NAMESPACE.
Reading read_settings(const Environment& environment, const std::string& own_namespace);

// The declaration of a setting, for help texts, documentation and checks of the chart.
struct SettingInfo {
  std::string name;           // IMAGES
  std::string default_value;  // as a user would write it; empty: none
  std::string format;         // "quantity", "JSON object of strings", …
  std::string help;           // one sentence
  bool required = false;
};
// In the order of the documentation.
const std::vector<SettingInfo>& setting_infos();

// The table of settings for --help (plain text, at most 100 columns) and for README (Markdown).
std::string settings_help();
std::string settings_markdown();

}  // namespace kip::config
