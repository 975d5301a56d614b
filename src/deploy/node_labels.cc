#include "deploy/node_labels.h"

namespace kip::deploy {

namespace {

constexpr const char* rbac_group = "rbac.authorization.k8s.io";

// One name for all four, which are of different kinds.
json metadata(const DeployOptions& options) { return {{"name", options.name + "-node-labeler"}}; }

json object(const char* api_version, const char* kind, const DeployOptions& options) {
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", metadata(options)}};
}

json variable(const char* name, const std::string& expression) {
  return {{"name", name}, {"expression", expression}};
}

json validation(const std::string& message, const std::string& expression) {
  return {{"message", message}, {"reason", "Forbidden"}, {"expression", expression}};
}

// Tokens that are bound to a pod tell its node (KEP 4193), and the API server vouches for it.
// Reference: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
json policy(const DeployOptions& options) {
  const std::string who = "ServiceAccount " + options.name;
  const std::string account =
      "system:serviceaccount:" + account_namespace(options) + ":" + options.name;
  const std::string is_ours = std::string("k.startsWith('") + node_label_prefix + "')";
  json found = object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", options);
  found["spec"] = {
      {"failurePolicy", "Fail"},
      {"matchConstraints",
       {{"resourceRules", json::array({{{"apiGroups", json::array({""})},
                                        {"apiVersions", json::array({"v1"})},
                                        {"operations", json::array({"UPDATE"})},
                                        {"resources", json::array({"nodes"})}}})}}},
      {"matchConditions",
       json::array({{{"name", "is-of-this-instance"},
                     {"expression", "request.userInfo.username == '" + account + "'"}}})},
      {"variables", json::array({variable("nodes",
                                          "request.userInfo.?extra[?'authentication.kubernetes.io/"
                                          "node-name'].orValue([])"),
                                 variable("before", "oldObject.metadata.?labels.orValue({})"),
                                 variable("after", "object.metadata.?labels.orValue({})")})},
      {"validations",
       json::array({validation(who + " may change a node only with the token of a pod on that node",
                               "variables.nodes == [object.metadata.name]"),
                    validation(who + " may change only labels " + node_label_prefix + "…",
                               "variables.after.all(k, " + is_ours +
                                   " || (k in variables.before && variables.before[k] == "
                                   "variables.after[k])) && variables.before.all(k, " +
                                   is_ours + " || k in variables.after)"),
                    validation(who + " may change nothing but labels",
                               "object.?spec == oldObject.?spec"
                               " && object.metadata.?annotations == oldObject.metadata.?annotations"
                               " && object.metadata.?finalizers == oldObject.metadata.?finalizers"
                               " && object.metadata.?ownerReferences == "
                               "oldObject.metadata.?ownerReferences")})}};
  return found;
}

json policy_binding(const DeployOptions& options) {
  json found =
      object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", options);
  found["spec"] = {{"policyName", found["metadata"]["name"]},
                   {"validationActions", json::array({"Deny"})}};
  return found;
}

json cluster_role(const DeployOptions& options) {
  json found = object("rbac.authorization.k8s.io/v1", "ClusterRole", options);
  found["rules"] = json::array({{{"apiGroups", json::array({""})},
                                 {"resources", json::array({"nodes"})},
                                 {"verbs", json::array({"get", "patch", "update"})}}});
  return found;
}

json cluster_role_binding(const DeployOptions& options) {
  json found = object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", options);
  found["roleRef"] = {
      {"apiGroup", rbac_group}, {"kind", "ClusterRole"}, {"name", found["metadata"]["name"]}};
  found["subjects"] = json::array({{{"kind", "ServiceAccount"},
                                    {"name", options.name},
                                    {"namespace", account_namespace(options)}}});
  return found;
}

}  // namespace

std::string account_namespace(const DeployOptions& options) {
  return options.namespace_name.empty() ? "default" : options.namespace_name;
}

std::vector<json> node_label_objects(const DeployOptions& options) {
  return {policy(options), policy_binding(options), cluster_role(options),
          cluster_role_binding(options)};
}

}  // namespace kip::deploy
