#include "config/settings_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "config/amounts.h"
#include "config/discovery_settings.h"
#include "config/images.h"
#include "config/kube_json.h"
#include "config/lists.h"
#include "config/nats_settings.h"
#include "config/node_gate.h"
#include "config/runtime_socket.h"
#include "types/dns_name.h"

namespace kip::config {

namespace {

// A text that stays one, if it is a good one.
Problems put_text(const Status& good, std::string_view text, std::string& member) {
  if (!good) return {error(good.error().message)};
  member = text;
  return {};
}

Error none_of(std::string_view text, const char* expected) {
  return permanent(kip::quoted(text) + " is not known; expected " + expected);
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  return none_of(text, "true or false");
}

Result<CacheMode> parse_cache_mode(std::string_view text) {
  if (text == "sleep") return CacheMode::sleep;
  if (text == "pin") return CacheMode::pin;
  if (text == "volume") return CacheMode::volume;
  if (text == "agent") return CacheMode::agent;
  return none_of(text, "sleep, pin, volume or agent");
}

Result<Refresh> parse_refresh(std::string_view text) {
  if (text == "DigestChanged") return Refresh::digest_changed;
  if (text == "Always") return Refresh::always;
  return none_of(text, "DigestChanged or Always, spelled so");
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

Problems put_images(ImageList list, Draft& draft) {
  draft.settings.images = std::move(list.images);
  Problems problems;
  for (auto& problem : list.problems)
    problems.push_back({Problem::Severity::left_out, "", std::move(problem)});
  return problems;
}

Problems put_image_list(const json& value, Draft& draft) {
  if (!value.is_array()) return {error(kip::quoted(to_text(value), 60) + "; expected a list")};
  return put_images(images_of(value), draft);
}

Problems put_secrets(Result<PullSecrets> secrets, Settings& settings) {
  if (!secrets) return {error(secrets.error().message)};
  settings.image_pull_secrets = std::move(secrets->names);
  settings.scoped_pull_secrets = std::move(secrets->scoped);
  return {};
}

// A prefix that does nothing is most likely misspelled.
Problems check_prefixes(const Settings& settings) {
  Problems problems;
  const auto warn = [&](const ScopedSecret& secret, const std::string& what) {
    problems.push_back({Problem::Severity::warning, "",
                        kip::quoted(secret.images.text() + "=" + secret.name) + ": " + what});
  };
  const auto& names = settings.image_pull_secrets;
  for (const auto& secret : settings.scoped_pull_secrets) {
    const bool is_used =
        (settings.kip_image && secret.images.matches(*settings.kip_image)) ||
        std::any_of(settings.images.begin(), settings.images.end(),
                    [&](const auto& image) { return secret.images.matches(image.reference); });
    if (std::find(names.begin(), names.end(), secret.name) != names.end())
      warn(secret, "the same secret stands without a prefix, so it is for all images");
    else if (!is_used)
      warn(secret,
           "no image of IMAGES begins so; the secret is used only if the service's own image does");
  }
  return problems;
}

std::vector<Setting> declare() {
  std::vector<Setting> table = {
      {.info =
           {.name = "IMAGES",
            .chart_value = "configMap.images",
            .field = "images",
            .structured_field = "imageList",
            .format = "name=image;name=image;",
            .help =
                "The images to keep on every node, and for each the name of its container. May be "
                "empty where RELEASE_GATE, DISCOVER_NAMESPACES or NATS_ADDR is set.",
            .required = true},
       .read_text = [](std::string_view text,
                       Draft& d) { return put_images(parse_images(text), d); },
       .read_json = put_image_list,
       .bytes = [](const Settings& s) { return bytes_of(s.images); }},
      {.info = {.name = "IMAGES_STRICT",
                .chart_value = "configMap.imagesStrict",
                .default_value = "false",
                .format = "true or false",
                .help = "Whether one bad entry of IMAGES refuses the configuration; else it is "
                        "skipped and named."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_bool(text), d.is_strict); }},
      {.info = {.name = "CACHING_INTERVAL_HOURS",
                .chart_value = "configMap.cachingIntervalHours",
                .field = "cachingIntervalHours",
                .default_value = "1",
                .format = "hours, also 0.5",
                .help = "How often the images are refreshed."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_hours(text), d.settings.interval); }},
      {.info = {.name = "CACHING_MEMORY_REQUEST",
                .chart_value = "configMap.cachingMemoryRequest",
                .field = "cachingMemoryRequest",
                .default_value = "10Mi",
                .format = "quantity",
                .help = "Memory request of each container."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return read_amount(text, {.is_memory = true}, d.settings.resources.memory_request);
           },
       .check =
           [](const Draft& d) {
             const Resources& r = d.settings.resources;
             return check_request(r.memory_request, r.memory_limit, "CACHING_MEMORY_LIMIT");
           }},
      {.info = {.name = "CACHING_MEMORY_LIMIT",
                .chart_value = "configMap.cachingMemoryLimit",
                .field = "cachingMemoryLimit",
                .default_value = "20Mi",
                .format = "quantity",
                .help = "Memory limit of each container."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return read_amount(text, {.is_limit = true, .is_memory = true},
                                d.settings.resources.memory_limit);
           },
       .check =
           [](const Draft& d) { return check_memory_limit(d.settings.resources.memory_limit); }},
      {.info = {.name = "CACHING_CPU_REQUEST",
                .chart_value = "configMap.cachingCpuRequest",
                .field = "cachingCPURequest",
                .default_value = ".05",
                .format = "quantity",
                .help = "CPU request of each container."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return read_amount(text, {}, d.settings.resources.cpu_request);
           },
       .check =
           [](const Draft& d) {
             const Resources& r = d.settings.resources;
             return check_request(r.cpu_request, r.cpu_limit, "CACHING_CPU_LIMIT");
           }},
      {.info = {.name = "CACHING_CPU_LIMIT",
                .chart_value = "configMap.cachingCpuLimit",
                .field = "cachingCPULimit",
                .default_value = ".2",
                .format = "quantity",
                .help = "CPU limit of each container."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return read_amount(text, {.is_limit = true}, d.settings.resources.cpu_limit);
           }},
      {.info = {.name = "DAEMONSET_NAME",
                .chart_value = "configMap.daemonsetName",
                .field = "daemonsetName",
                .default_value = "kubernetes-image-puller",
                .format = "DNS subdomain",
                .help = "The DaemonSet's name."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put_text(types::check_dns_subdomain(text), text, d.settings.daemonset_name);
           }},
      {.info = {.name = "NAMESPACE",
                .default_value = "kubernetes-image-puller",
                .format = "DNS label",
                .help = "The DaemonSet's namespace; in a cluster, the default is the pod's own."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put_text(types::check_dns_label(text), text, d.settings.namespace_name);
           },
       .default_is_own_namespace = true},
      {.info = {.name = "DEPLOYMENT_NAME",
                .format = "DNS subdomain",
                .help =
                    "The Deployment that owns the DaemonSet, so that deleting it deletes both."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put_text(types::check_dns_subdomain(text), text, d.settings.deployment_name);
           },
       .warning_if_unset =
           "it is not set, so the DaemonSet gets no owner and is deleted whenever this program "
           "ends; expected the Deployment's name"},
      {.info = {.name = "NODE_SELECTOR",
                .chart_value = "configMap.nodeSelector",
                .field = "nodeSelector",
                .structured_field = "nodeSelectorMap",
                .default_value = "{}",
                .format = "JSON object of strings",
                .help = "Labels of the nodes to cache on."},
       .read_json = [](const json& value,
                       Draft& d) { return put(node_selector_of(value), d.settings.node_selector); },
       .bytes = [](const Settings& s) { return to_text(s.node_selector).size(); }},
      {.info = {.name = "AFFINITY",
                .chart_value = "configMap.affinity",
                .field = "affinity",
                .structured_field = "affinityObject",
                .default_value = "{}",
                .format = "JSON of core/v1 Affinity",
                .help = "Affinity of the DaemonSet's pods."},
       .read_json = [](const json& value,
                       Draft& d) { return put(affinity_of(value), d.settings.affinity); },
       .bytes = [](const Settings& s) { return to_text(s.affinity).size(); }},
      {.info = {.name = "TOLERATIONS",
                .chart_value = "configMap.tolerations",
                .field = "tolerations",
                .structured_field = "tolerationsList",
                .default_value = "[]",
                .format = "JSON array of core/v1 Toleration",
                .help = "Tolerations of the DaemonSet's pods."},
       .read_json = [](const json& value,
                       Draft& d) { return put(tolerations_of(value), d.settings.tolerations); },
       .bytes = [](const Settings& s) { return to_text(s.tolerations).size(); }},
      {.info = {.name = "PRIORITY_CLASS_NAME",
                .chart_value = "configMap.priorityClassName",
                .field = "priorityClassName",
                .format = "DNS subdomain",
                .help = "Priority class of the DaemonSet's pods."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put_text(types::check_dns_subdomain(text), text,
                             d.settings.priority_class_name);
           }},
      {.info = {.name = "DAEMONSET_ANNOTATIONS",
                .chart_value = "configMap.daemonsetAnnotations",
                .default_value = "{}",
                .format = "JSON object of strings",
                .help = "Annotations of the DaemonSet."},
       .read_json =
           [](const json& value, Draft& d) {
             return put(annotations_of(value), d.settings.daemonset_annotations);
           },
       .bytes = [](const Settings& s) { return to_text(s.daemonset_annotations).size(); }},
      {.info = {.name = "IMAGE_PULL_SECRETS",
                .chart_value = "configMap.imagePullSecrets",
                .field = "imagePullSecrets",
                .structured_field = "pullSecrets",
                .format = "name;prefix=name;",
                .help = "Secrets that private images are pulled with: for all images, or for those "
                        "whose names begin with the prefix, in a DaemonSet of their own."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put_secrets(parse_pull_secrets(text), d.settings); },
       .read_json = [](const json& value,
                       Draft& d) { return put_secrets(pull_secrets_of(value), d.settings); },
       .check = [](const Draft& d) { return check_prefixes(d.settings); }},
      {.info = {.name = "KIP_IMAGE",
                .field = "imagePullerImage",
                .format = "image reference",
                .help = "The image that the init container takes sleep from; by default our own "
                        "Deployment's."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(types::parse_image_reference(text), d.settings.kip_image);
           }},
      {.info = {.name = "KIP_INSTALL_COMMAND",
                .chart_value = "configMap.kipInstallCommand",
                .format = "JSON array of strings",
                .help = "The init container's command; by default the one that fits KIP_IMAGE."},
       .read_json =
           [](const json& value, Draft& d) {
             return put(command_of(value), d.settings.kip_install_command);
           }},
      {.info = {.name = "CACHE_MODE",
                .chart_value = "configMap.cacheMode",
                .field = "cacheMode",
                .default_value = "sleep",
                .format = "sleep, pin, volume or agent",
                .help = "How a node holds the images: each by a sleeping container, by an init "
                        "container that has ended, or by an image volume; or all are pulled and "
                        "pinned through the container runtime."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_cache_mode(text), d.settings.cache_mode); }},
      {.info = {.name = "AGENT_IMAGE",
                .format = "image reference",
                .help = "With CACHE_MODE=agent, the image that pulls on each node; by default "
                        "image-puller-agent beside our own Deployment's image, of the same tag, if "
                        "that is called kubernetes-image-puller. Counts only under env of our "
                        "Deployment, not in the ConfigMap."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(types::parse_image_reference(text), d.settings.agent_image);
           }},
      {.info = {.name = "RUNTIME_SOCKET",
                .default_value = "/run/containerd/containerd.sock",
                .format = "path of a socket",
                .help = "With CACHE_MODE=agent, the container runtime's socket on the nodes; "
                        "$(NODE_NAME) in it is the node's name. Counts where AGENT_IMAGE does."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_runtime_socket(text), d.settings.runtime_socket);
           }},
      {.info = {.name = "REFRESH",
                .chart_value = "configMap.refresh",
                .field = "refresh",
                .default_value = "DigestChanged",
                .format = "DigestChanged or Always",
                .help = "What is refreshed at each interval: the images whose digest has changed "
                        "in their registry, or all."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_refresh(text), d.settings.refresh); }},
      {.info = {.name = "REFRESH_STRATEGY",
                .chart_value = "configMap.refreshStrategy",
                .field = "refreshStrategy",
                .default_value = "RollingUpdate",
                .format = "RollingUpdate or Recreate",
                .help =
                    "How to refresh: pod by pod without a gap, or by deleting the DaemonSet and "
                    "creating it again."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_strategy(text), d.settings.refresh_strategy);
           }},
      {.info = {.name = "MAX_NODES_PULLING",
                .chart_value = "configMap.maxNodesPulling",
                .field = "maxNodesPulling",
                .default_value = "50",
                .format = "number from 1, or 1% to 100%",
                .help = "How many nodes may pull at once."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(types::NodeCount::parse(text), d.settings.max_nodes_pulling);
           }},
      {.info = {.name = "RELEASE_GATE",
                .chart_value = "configMap.releaseGate",
                .field = "releaseGate",
                .default_value = "false",
                .format = "true or false",
                .help =
                    "Whether the temporary lists of `kubernetes-image-puller warm` are "
                    "followed: ConfigMaps in NAMESPACE with a label; IMAGES may then be unset."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_bool(text), d.settings.release_gate); }},
      {.info = {.name = "INSECURE_REGISTRIES",
                .chart_value = "configMap.insecureRegistries",
                .format = "host:port;host:port;",
                .help = "Registries that speak plain HTTP, as the names of their images begin."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_registries(text), d.settings.insecure_registries);
           }},
      {.info = {.name = "REGISTRY_CA_FILE",
                .format = "path",
                .help = "Certificates of authorities to trust for registries, beside the system's: "
                        "a file in PEM."},
       .read_text =
           [](std::string_view text, Draft& d) {
             d.settings.registry_ca_file = text;
             return Problems{};
           }},
      {.info = {.name = "NODE_GATE_TAINT",
                .field = "nodeGateTaint",
                .format = "key[=value]:effect",
                .help = "A taint that new nodes have, which is taken off when their images are "
                        "there; see docs/node-gate.md. Without it, no node is touched."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_gate_taint(text), d.settings.node_gate.taint);
           }},
      {.info = {.name = "NODE_GATE_IMAGES",
                .structured_field = "nodeGateImages",
                .format = "name or image;name or image;",
                .help = "The images of IMAGES that the taint waits for; by default all that are "
                        "meant for the node."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_gate_images(text), d.settings.node_gate.images);
           },
       .read_json = [](const json& list,
                       Draft& d) { return put(gate_images_of(list), d.settings.node_gate.images); },
       .check = [](const Draft& d) { return check_gate_images(d.settings); }},
      {.info = {.name = "NODE_GATE_DEADLINE",
                .field = "nodeGateDeadline",
                .default_value = "5m",
                .format = "duration, such as 5m or 90s",
                .help = "The taint goes after this time in any case, with a warning."},
       .read_text =
           [](std::string_view text, Draft& d) {
             return put(parse_gate_deadline(text), d.settings.node_gate.deadline);
           }},
      {.info = {.name = "LOG_LEVEL",
                .chart_value = "configMap.logLevel",
                .default_value = "info",
                .format = "debug, info, warn or error",
                .help = "The least level that is logged."},
       .read_text = [](std::string_view text,
                       Draft& d) { return put(parse_log_level(text), d.settings.log_level); }},
      {.info = {.name = "KUBECONFIG",
                .format = "path",
                .help = "A kubeconfig; else ~/.kube/config, else the pod's own account."}},
  };
  for (auto rows : {discovery_settings(), nats_settings()})
    table.insert(table.end() - 1, std::make_move_iterator(rows.begin()),
                 std::make_move_iterator(rows.end()));
  return table;
}

}  // namespace

const std::vector<Setting>& settings_table() {
  static const std::vector<Setting> table = declare();
  return table;
}

}  // namespace kip::config
