#include "config/settings_table.h"

#include <utility>

#include "base/text.h"
#include "config/hours.h"
#include "config/images.h"
#include "config/kube_json.h"
#include "config/lists.h"
#include "types/dns_name.h"
#include "types/image_reference.h"
#include "types/quantity.h"

namespace kip::config {

namespace {

using Text = Result<std::string>;

template <Status (*check)(std::string_view)>
Text checked(std::string_view text) {
  if (auto good = check(text); !good) return good.error();
  return std::string(text);
}

Text parse_reference(std::string_view text) {
  if (auto good = types::parse_image_reference(text); !good) return good.error();
  return std::string(text);
}

Text parse_quantity(std::string_view text) {
  if (auto good = types::Quantity::parse(text); !good) return good.error();
  return std::string(text);
}

Error none_of(std::string_view text, const char* expected) {
  return permanent(quoted(text) + " is not known; expected " + expected);
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  return none_of(text, "true or false");
}

Result<RefreshStrategy> parse_strategy(std::string_view text) {
  if (text == "RollingUpdate") return RefreshStrategy::rolling_update;
  if (text == "Recreate") return RefreshStrategy::recreate;
  return none_of(text, "RollingUpdate or Recreate, spelled so");
}

Result<LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warn") return LogLevel::warn;
  if (text == "error") return LogLevel::error;
  return none_of(text, "debug, info, warn or error");
}

// The reader of a setting: `parse` gives the value of the member, or why not.
template <auto parse, auto... members>
void into(std::string_view value, const SettingInfo& info, Draft& draft) {
  auto parsed = parse(value);
  if (!parsed) return draft.report(Problem::Severity::error, info.name, parsed.error().message);
  (draft.settings.*....*members) = std::move(*parsed);
}

void read_images(std::string_view value, const SettingInfo& info, Draft& draft) {
  auto list = parse_images(value);
  draft.settings.images = std::move(list.images);
  for (const auto& problem : list.problems)
    draft.report(Problem::Severity::warning, info.name, problem);
}

void read_images_strict(std::string_view value, const SettingInfo& info, Draft& draft) {
  const auto strict = parse_bool(value);
  if (!strict) return draft.report(Problem::Severity::error, info.name, strict.error().message);
  draft.images_strict = *strict;
}

using S = Settings;
using R = Resources;

std::vector<Setting> declare() {
  return {
      {{"IMAGES", "", "name=image;name=image;",
        "The images to keep on every node, and for each the name of its container.", true},
       read_images},
      {{"IMAGES_STRICT", "false", "true or false",
        "Whether one bad entry of IMAGES refuses the configuration; else it is skipped and named."},
       read_images_strict},
      {{"CACHING_INTERVAL_HOURS", "1", "hours, also 0.5", "How often the images are refreshed."},
       into<parse_hours, &S::interval>},
      {{"CACHING_MEMORY_REQUEST", "10Mi", "quantity", "Memory request of each container."},
       into<parse_quantity, &S::resources, &R::memory_request>},
      {{"CACHING_MEMORY_LIMIT", "20Mi", "quantity", "Memory limit of each container."},
       into<parse_quantity, &S::resources, &R::memory_limit>},
      {{"CACHING_CPU_REQUEST", ".05", "quantity", "CPU request of each container."},
       into<parse_quantity, &S::resources, &R::cpu_request>},
      {{"CACHING_CPU_LIMIT", ".2", "quantity", "CPU limit of each container."},
       into<parse_quantity, &S::resources, &R::cpu_limit>},
      {{"DAEMONSET_NAME", "kubernetes-image-puller", "DNS subdomain", "The DaemonSet's name."},
       into<checked<types::check_dns_subdomain>, &S::daemonset_name>},
      {{"NAMESPACE", "kubernetes-image-puller", "DNS label",
        "The DaemonSet's namespace; in a cluster, the default is the pod's own."},
       into<checked<types::check_dns_label>, &S::namespace_name>},
      {{"DEPLOYMENT_NAME", "", "DNS subdomain",
        "The Deployment that owns the DaemonSet, so that deleting it deletes both."},
       into<checked<types::check_dns_subdomain>, &S::deployment_name>},
      {{"NODE_SELECTOR", "{}", "JSON object of strings", "Labels of the nodes to cache on."},
       into<parse_node_selector, &S::node_selector>},
      {{"AFFINITY", "{}", "JSON of core/v1 Affinity", "Affinity of the DaemonSet's pods."},
       into<parse_affinity, &S::affinity>},
      {{"TOLERATIONS", "[]", "JSON array of core/v1 Toleration",
        "Tolerations of the DaemonSet's pods."},
       into<parse_tolerations, &S::tolerations>},
      {{"PRIORITY_CLASS_NAME", "", "DNS subdomain", "Priority class of the DaemonSet's pods."},
       into<checked<types::check_dns_subdomain>, &S::priority_class_name>},
      {{"DAEMONSET_ANNOTATIONS", "{}", "JSON object of strings", "Annotations of the DaemonSet."},
       into<parse_annotations, &S::daemonset_annotations>},
      {{"IMAGE_PULL_SECRETS", "", "name;name;", "Secrets that private images are pulled with."},
       into<parse_secret_names, &S::image_pull_secrets>},
      {{"KIP_IMAGE", "", "image reference",
        "The image that the init container takes sleep from; by default our own Deployment's."},
       into<parse_reference, &S::kip_image>},
      {{"KIP_INSTALL_COMMAND", "", "JSON array of strings",
        "The init container's command; by default the one that fits KIP_IMAGE."},
       into<parse_command, &S::kip_install_command>},
      {{"REFRESH_STRATEGY", "RollingUpdate", "RollingUpdate or Recreate",
        "How to refresh: pod by pod without a gap, or by deleting and making the DaemonSet anew."},
       into<parse_strategy, &S::refresh_strategy>},
      {{"MAX_NODES_PULLING", "50", "number from 1, or 1% to 100%",
        "How many nodes may pull at once."},
       into<parse_node_count, &S::max_nodes_pulling>},
      {{"LOG_LEVEL", "info", "debug, info, warn or error", "The least level that is logged."},
       into<parse_log_level, &S::log_level>},
      {{"KUBECONFIG", "", "path",
        "A kubeconfig; else ~/.kube/config, else the pod's own account."}},
  };
}

}  // namespace

void Draft::report(Problem::Severity severity, std::string_view setting,
                   const std::string& message) {
  problems.push_back({severity, std::string(setting), message});
}

const std::vector<Setting>& settings_table() {
  static const std::vector<Setting> table = declare();
  return table;
}

}  // namespace kip::config
