#include "kube/access/connect.h"

#include <vector>

#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "http/tls.h"
#include "kube/access/kubeconfig.h"
#include "kube/access/rest_transport.h"
#include "loop/watched_file.h"

namespace kip::kube {

namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// As kubectl, a file of a list that is not there is left out; but one at least has to be.
Result<Access> from_files(const std::vector<std::string>& paths, const std::string& why) {
  std::vector<KubeconfigFile> files;
  for (const auto& path : paths) {
    if (!exists(path)) continue;
    auto text = read_small_file(path, "kubeconfig");
    if (!text) return text.error();
    files.push_back({path, std::move(*text)});
  }
  if (files.empty())
    return permanent(why + " is " + quoted(joined(paths, ":"), 500) +
                     ", and there is no such file; expected a kubeconfig");
  return parse_kubeconfig(files);
}

// Tries what the first request would need, where it is already known.
Status check_material(const Access& access) {
  const auto text = [](const Material& material, const char* what) {
    return material.file.empty() ? Result<std::string>(material.data)
                                 : read_small_file(material.file, what);
  };
  http::TlsSettings settings;
  settings.server_name = access.server.host;
  settings.insecure_skip_verify = access.insecure_skip_tls_verify || !access.server.tls;
  settings.ca_origin = access.ca.file.empty()
                           ? "certificate-authority-data"
                           : "certificate authority file " + quoted(access.ca.file, 300);
  const auto ca = text(access.ca, "certificate authority"),
             certificate = text(access.client_certificate, "client certificate"),
             key = text(access.client_key, "client key"), token = text(access.token, "token");
  for (const auto* each : {&ca, &certificate, &key, &token}) {
    if (!*each) return each->error();
  }
  if (!access.ca.empty() && trimmed(*ca).empty())
    return permanent(settings.ca_origin + " is empty; expected certificates in PEM");
  settings.ca_pem = *ca;
  settings.certificate_pem = *certificate;
  settings.key_pem = *key;
  if (const auto tls = http::Tls::make(settings); !tls) return tls.error();
  if (!access.token.empty()) {
    const auto clean = clean_token(*token, access.token.file.empty()
                                               ? "the user's token"
                                               : "token file " + quoted(access.token.file, 300));
    if (!clean) return clean.error();
  }
  return Done{};
}

void warn_of_weakness(const Access& access) {
  if (access.insecure_skip_tls_verify && access.server.tls)
    log::warn("the API server's certificate is not verified",
              {{"server", access.server.text()}, {"because", "insecure-skip-tls-verify is set"}});
  if (!access.server.tls)
    log::warn("the connection to the API server is not encrypted; credentials are not sent",
              {{"server", access.server.text()}});
}

}  // namespace

Result<Access> find_access(const std::map<std::string, std::string>& environment,
                           const std::string& folder) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  const std::string list = value("KUBECONFIG"), home = value("HOME");
  if (const auto paths = split(list, ':'); !paths.empty()) return from_files(paths, "KUBECONFIG");
  const std::string usual = home + "/.kube/config";
  if (!home.empty() && exists(usual)) return from_files({usual}, "~/.kube/config");
  auto in_cluster = in_cluster_access(environment, folder);
  if (in_cluster) return in_cluster;
  return permanent("no cluster found: KUBECONFIG is unset; there is no " +
                   (home.empty() ? std::string("~/.kube/config (HOME is unset)") : usual) + "; " +
                   in_cluster.error().message);
}

Result<Connection> connect(const std::map<std::string, std::string>& environment, Loop& loop,
                           const RestOptions& options) {
  auto access = find_access(environment);
  if (!access) return access.error();
  if (const auto good = check_material(*access); !good)
    return permanent(access->origin + ": " + good.error().message);
  warn_of_weakness(*access);
  Connection connection;
  connection.own_namespace = access->origin == "in-cluster" ? access->namespace_name : "";
  connection.description = access->origin + " " + access->server.text();
  connection.open = [&loop, access = *access](const RestOptions& of) {
    return std::make_unique<RestTransport>(loop, access, make_credentials(loop, access), of);
  };
  connection.transport = connection.open(options);
  return connection;
}

}  // namespace kip::kube
