// What is needed to reach one cluster, wherever it was found: in a kubeconfig, or in the pod's own
// service account. Plain data.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/server_url.h"

namespace kip::kube {

// A token, a certificate or a key: in a file that may change, or given once. One of the two is
// set; both are empty where there is none.
struct Material {
  std::string file;
  std::string data;  // PEM text or the token itself, never base64
  bool empty() const { return file.empty() && data.empty(); }
};

// An `exec` credential plugin (Kubernetes reference: client.authentication.k8s.io).
struct ExecSettings {
  std::string api_version = {};  // client.authentication.k8s.io/v1 or /v1beta1
  std::string command = {};      // a path, or a name that is looked up in PATH
  std::vector<std::string> args = {};
  std::vector<std::pair<std::string, std::string>> env = {};  // added to ours
  std::string install_hint = {};
  bool provide_cluster_info = false;
};

struct Access {
  std::string origin;  // for messages: `in-cluster`, `kubeconfig ~/.kube/config, context "dev"`
  http::ServerUrl server;
  Material ca;                  // empty: the system's CAs
  std::string tls_server_name;  // name to verify and to send as SNI instead of the URL's host
  bool insecure_skip_tls_verify = false;
  Material token;
  Material client_certificate, client_key;
  std::optional<ExecSettings> exec;  // asked only where there is no token
  std::string namespace_name;        // of the context or of the pod; may be empty
};

}  // namespace kip::kube
