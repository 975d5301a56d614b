// HTTP clients to registries and to where these send us, kept while they are in use: each has its
// proxy, and TLS that trusts the system's CAs and those of a file. Belongs to the loop.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "http/client.h"
#include "loop/watched_file.h"
#include "registry/proxy_rules.h"

namespace kip::registry {

class Connections {
 public:
  struct Options {
    std::string ca_file;  // more CAs, in PEM; "": none. Looked at before each request.
    ProxyRules proxies;
    Duration idle;         // no byte for this long ends an exchange
    std::size_t max_body;  // bytes
  };

  // `scheduler` outlives this and all its clients.
  Connections(Scheduler& scheduler, Options options);

  // The kept client for this server, or a new one. Permanent Error where no CAs can be read.
  Result<std::shared_ptr<http::Client>> to(const http::ServerUrl& server);

  // The next request to the server gets a new connection. What is under way goes on.
  void drop(const http::ServerUrl& server);

 private:
  struct Kept {
    http::ServerUrl server;
    std::shared_ptr<http::Client> client;
  };
  Status read_ca();

  Scheduler& scheduler_;
  const Options options_;
  WatchedFile ca_;
  std::string ca_pem_;
  std::list<Kept> kept_;  // the last used first
};

}  // namespace kip::registry
