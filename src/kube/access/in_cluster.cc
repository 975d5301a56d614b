#include "kube/access/in_cluster.h"

#include <unistd.h>

#include "base/text.h"
#include "loop/watched_file.h"

namespace kip::kube {

Result<Access> in_cluster_access(const std::map<std::string, std::string>& environment,
                                 const std::string& folder) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  const std::string host = value("KUBERNETES_SERVICE_HOST"),
                    port = value("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty())
    return permanent(
        "not in a cluster: KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is unset");
  const bool bare_v6 = host.find(':') != std::string::npos && host.front() != '[';
  auto url = http::parse_server_url("https://" + (bare_v6 ? "[" + host + "]" : host) + ":" + port);
  if (!url)
    return permanent("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: " + url.error().message);
  for (const char* file : {"/token", "/ca.crt"}) {
    if (access((folder + file).c_str(), R_OK) != 0)
      return permanent("in a cluster, but " + folder + file +
                       " cannot be read; expected a mounted service account");
  }
  Access found;
  found.origin = "in-cluster";
  found.server = *url;
  found.ca.file = folder + "/ca.crt";
  found.token.file = folder + "/token";
  found.namespace_name = in_cluster_namespace(folder);
  return found;
}

std::string in_cluster_namespace(const std::string& folder) {
  const auto content = read_small_file(folder + "/namespace", "namespace file");
  return content ? std::string(trimmed(*content)) : std::string();
}

}  // namespace kip::kube
