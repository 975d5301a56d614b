#include "deploy/manifest.h"

#include "deploy/aggregator.h"
#include "deploy/node_labels.h"
#include "deploy/parts.h"
#include "deploy/plugins.h"

namespace kip::deploy {

namespace {

constexpr int nonroot_id = 65532;  // "nonroot" of the images that people build on

// Where the container finds what. People edit args that name these.
constexpr const char* socket_folder = "/tmp/cri";
constexpr const char* list_folder = "/tmp/list";
constexpr const char* secret_folder = "/tmp/pull-secret";

// Where nodes have the runtime's socket.
struct Runtime {
  const char *folder, *socket;
};
Runtime runtime_of(Flavor flavor) {
  if (flavor == Flavor::ocp) return {"/var/run/crio", "crio.sock"};
  return {"/var/run/containerd", "containerd.sock"};
}

// Names per instance: with one name for all, the last instance of a namespace would take the right
// from those before it.
std::string scc_role_name(const DeployOptions& options) {
  return options.name + "-privileged-scc-use";
}

json scc_role(const DeployOptions& options) {
  json role = namespaced(options, "rbac.authorization.k8s.io/v1", "Role", scc_role_name(options));
  role["rules"] = json::array({{{"apiGroups", json::array({"security.openshift.io"})},
                                {"resources", json::array({"securitycontextconstraints"})},
                                {"resourceNames", json::array({"privileged"})},
                                {"verbs", json::array({"use"})}}});
  return role;
}

json scc_role_binding(const DeployOptions& options) {
  json binding = namespaced(options, "rbac.authorization.k8s.io/v1", "RoleBinding",
                            options.name + "-prefetcher-privileged");
  binding["roleRef"] = {{"apiGroup", "rbac.authorization.k8s.io"},
                        {"kind", "Role"},
                        {"name", scc_role_name(options)}};
  json subject = {{"kind", "ServiceAccount"}, {"name", options.name}};
  // Else that of the binding is meant.
  if (!options.namespace_name.empty()) subject["namespace"] = options.namespace_name;
  binding["subjects"] = json::array({subject});
  return binding;
}

// A folder or file that the puller sees, to read.
struct Mount {
  const char* name;
  std::string path;
  json volume;
};

json host_path(const std::string& path) { return {{"hostPath", {{"path", path}}}}; }

// Refused by the kubelet where it is not there, in words that name it.
json host_path(const std::string& path, const char* type) {
  json volume = host_path(path);
  volume["hostPath"]["type"] = type;
  return volume;
}

// As the kubelet would mount it into every container: only what labels the node needs it.
// Source: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/,
// "Bound service account token volume mechanism".
Mount api_access() {
  const json token = {{"path", "token"}, {"expirationSeconds", 3607}};
  const json ca = {{"name", "kube-root-ca.crt"},
                   {"items", json::array({{{"key", "ca.crt"}, {"path", "ca.crt"}}})}};
  const json place = {
      {"items", json::array({{{"path", "namespace"},
                              {"fieldRef", {{"fieldPath", "metadata.namespace"}}}}})}};
  const json sources = json::array(
      {{{"serviceAccountToken", token}}, {{"configMap", ca}}, {{"downwardAPI", place}}});
  return {"api-access",
          "/var/run/secrets/kubernetes.io/serviceaccount",
          {{"projected", {{"sources", sources}}}}};
}

std::vector<Mount> mounts(const DeployOptions& options) {
  std::vector<Mount> all = {
      {"cri-socket-dir", socket_folder, host_path(runtime_of(options.flavor).folder)},
      {"image-list", list_folder, {{"configMap", {{"name", options.name}}}}}};
  if (options.node_labels) all.push_back(api_access());
  if (!options.secret.empty())
    all.push_back({"pull-secret", secret_folder, {{"secret", {{"secretName", options.secret}}}}});
  if (options.integration != CredentialIntegration::none) {
    const Plugins plugins = plugins_of(options.integration);
    all.push_back(
        {"credential-provider-config", plugins.config_volume,
         host_path(plugins.config_volume, plugins.config_volume_is_file ? "File" : "Directory")});
    all.push_back({"credential-provider-bin", plugins.bin_folder,
                   host_path(plugins.bin_folder, "Directory")});
  }
  return all;
}

json fetch_args(const DeployOptions& options) {
  json args = json::array({"fetch"});
  const auto add = [&](const std::string& arg) { args.push_back(arg); };
  if (!options.secret.empty()) add(std::string("--docker-config=") + secret_folder);
  if (options.integration != CredentialIntegration::none) {
    const Plugins plugins = plugins_of(options.integration);
    add("--image-credential-provider-config=" + plugins.config);
    add("--image-credential-provider-bin-dir=" + plugins.bin_folder);
  }
  add(std::string("--image-list-file=") + list_folder + "/images.txt");
  add(std::string("--cri-socket=") + socket_folder + "/" + runtime_of(options.flavor).socket);
  if (options.collect_metrics)
    add("--metrics-endpoint=" + metrics_name(options) + ":" + std::to_string(grpc_port));
  // Pins and half downloads are an instance's own; what releases pins has the same flag.
  // INSTANCE_NAME would have the node labelled.
  if (!options.node_labels || options.pin) add("--instance=" + options.name);
  if (options.parallelism != 0) add("--parallelism=" + std::to_string(options.parallelism));
  if (options.best_effort) add("--best-effort");
  if (options.pin) add("--pin");
  return args;
}

json environment(const DeployOptions& options) {
  json variables = json::array(
      {{{"name", "NODE_NAME"}, {"valueFrom", {{"fieldRef", {{"fieldPath", "spec.nodeName"}}}}}}});
  // Where it knows both, the agent labels its node.
  if (options.node_labels)
    variables.push_back({{"name", "INSTANCE_NAME"}, {"value", options.name}});
  return variables;
}

// Root, as it owns the socket. On OpenShift SELinux keeps the socket from all but privileged
// containers.
json puller_context(Flavor flavor) {
  json context = {{"readOnlyRootFilesystem", true}, {"runAsUser", 0}};
  if (flavor == Flavor::ocp) {
    context["privileged"] = true;
    context["allowPrivilegeEscalation"] = true;
  } else {
    context["allowPrivilegeEscalation"] = false;
    context["capabilities"] = {{"drop", json::array({"ALL"})}};
    context["seccompProfile"] = {{"type", "RuntimeDefault"}};
  }
  return context;
}

json pod_spec(const DeployOptions& options) {
  json volumes = json::array();
  json volume_mounts = json::array();
  for (const auto& mount : mounts(options)) {
    volumes.push_back(mount.volume);
    volumes.back()["name"] = mount.name;
    volume_mounts.push_back({{"name", mount.name}, {"mountPath", mount.path}, {"readOnly", true}});
  }
  const json prefetch = {{"name", "prefetch"},
                         {"image", options.image},
                         {"args", fetch_args(options)},
                         {"env", environment(options)},
                         {"resources", resources("20m", "16Mi", "1", "256Mi")},
                         {"volumeMounts", volume_mounts},
                         {"securityContext", puller_context(options.flavor)}};
  const json sleep = {{"name", "sleep"},
                      {"image", options.image},
                      {"args", json::array({"sleep"})},
                      {"resources", resources("5m", "16Mi", "100m", "64Mi")},
                      {"securityContext", unprivileged(nonroot_id)}};
  json spec = {{"serviceAccountName", options.name},
               {"automountServiceAccountToken", false},
               {"tolerations", json::array({{{"operator", "Exists"}}})},
               {"initContainers", json::array({prefetch})},
               {"containers", json::array({sleep})},
               {"volumes", volumes}};
  if (options.integration != CredentialIntegration::none &&
      plugins_of(options.integration).needs_host_network) {
    spec["hostNetwork"] = true;
    spec["dnsPolicy"] = "ClusterFirstWithHostNet";  // for the name of the metrics' Service
  }
  return spec;
}

json daemonset(const DeployOptions& options) {
  const json labels = {{"app", options.name}};
  json pod = {{"metadata", {{"labels", labels}}}, {"spec", pod_spec(options)}};
  if (options.flavor == Flavor::ocp)
    pod["metadata"]["annotations"] = {{"openshift.io/required-scc", "privileged"}};
  json found = namespaced(options, "apps/v1", "DaemonSet", options.name);
  found["metadata"]["labels"] = labels;
  found["spec"] = {{"selector", {{"matchLabels", labels}}}, {"template", pod}};
  return found;
}

}  // namespace

std::vector<json> manifest(const DeployOptions& options) {
  std::vector<json> all = {namespaced(options, "v1", "ServiceAccount", options.name)};
  const auto add = [&](const std::vector<json>& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  if (options.node_labels) add(node_label_objects(options));
  if (options.flavor == Flavor::ocp) add({scc_role(options), scc_role_binding(options)});
  if (options.collect_metrics) add(aggregator_objects(options));
  add({daemonset(options)});
  return all;
}

}  // namespace kip::deploy
