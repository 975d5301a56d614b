#include "deploy/aggregator.h"

#include "deploy/parts.h"

namespace kip::deploy {

namespace {

constexpr int image_prefetchers_user = 1000;

json labels(const DeployOptions& options) { return {{"app", metrics_name(options)}}; }

json port(const char* key, const char* name, int number) {
  return {{"name", name}, {key, number}, {"protocol", "TCP"}};
}

json ports(const char* key) {
  return json::array({port(key, "grpc", grpc_port), port(key, "http", http_port)});
}

json deployment(const DeployOptions& options) {
  // OpenShift gives each namespace users of its own.
  const int user = options.flavor == Flavor::ocp ? 0 : image_prefetchers_user;
  const json container = {
      {"name", "aggregator"},
      {"image", options.image},
      {"args", json::array({"aggregate-metrics"})},
      {"ports", ports("containerPort")},
      {"readinessProbe", {{"httpGet", {{"path", "/healthz"}, {"port", "http"}}}}},
      {"resources", resources("5m", "16Mi", "100m", "64Mi")},
      {"securityContext", unprivileged(user)}};
  json found = namespaced(options, "apps/v1", "Deployment", metrics_name(options));
  found["metadata"]["labels"] = labels(options);
  // It has the namespace's default account: that of the instance may use the SCC privileged.
  found["spec"] = {
      {"replicas", 1},  // it keeps the results in memory
      {"selector", {{"matchLabels", labels(options)}}},
      {"template",
       {{"metadata", {{"labels", labels(options)}}},
        {"spec",
         {{"automountServiceAccountToken", false}, {"containers", json::array({container})}}}}}};
  return found;
}

json service(const DeployOptions& options) {
  json found = namespaced(options, "v1", "Service", metrics_name(options));
  found["metadata"]["labels"] = labels(options);
  found["spec"] = {
      {"type", options.service_type}, {"selector", labels(options)}, {"ports", ports("port")}};
  return found;
}

}  // namespace

std::vector<json> aggregator_objects(const DeployOptions& options) {
  return {deployment(options), service(options)};
}

}  // namespace kip::deploy
