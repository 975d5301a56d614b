#include "deploy/parts.h"

namespace kip::deploy {

std::string metrics_name(const DeployOptions& options) { return options.name + "-metrics"; }

json namespaced(const DeployOptions& options, const char* api_version, const char* kind,
                const std::string& name) {
  json found = {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!options.namespace_name.empty()) found["metadata"]["namespace"] = options.namespace_name;
  return found;
}

json resources(const char* cpu_request, const char* memory_request, const char* cpu_limit,
               const char* memory_limit) {
  return {{"requests", {{"cpu", cpu_request}, {"memory", memory_request}}},
          {"limits", {{"cpu", cpu_limit}, {"memory", memory_limit}}}};
}

json unprivileged(int user) {
  json context = {{"readOnlyRootFilesystem", true},
                  {"allowPrivilegeEscalation", false},
                  {"runAsNonRoot", true},
                  {"capabilities", {{"drop", json::array({"ALL"})}}},
                  {"seccompProfile", {{"type", "RuntimeDefault"}}}};
  if (user != 0) context["runAsUser"] = user;
  return context;
}

}  // namespace kip::deploy
