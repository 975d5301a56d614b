// Which proxy stands between us and a server: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, read as Go's
// programs read them (golang.org/x/net/http/httpproxy), as those are what people write them for.
// Pure; a plain value that holds secrets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "http/server_url.h"

namespace kip::registry {

class ProxyRules {
 public:
  ProxyRules() = default;  // no proxy

  // A variable in lower case counts where the one in upper case is not set. A proxy is
  // `[http://][user:password@]host[:port]`; the Error says which variable is something else, and
  // shows nothing of it.
  static Result<ProxyRules> from(const Environment& environment);

  // Never for localhost and addresses that loop back.
  std::optional<http::Proxy> proxy_for(const http::ServerUrl& server) const;

 private:
  struct Network {
    std::string bytes;  // 4 or 16
    int prefix = 0;     // bits that count
  };
  struct Exception {
    std::string suffix;              // ".example.com": hosts that end so; "" for others
    std::string host;                // "example.com" itself, or an address
    std::optional<Network> network;  // CIDR
    std::string port;                // "": any
  };
  static std::optional<Exception> parse_exception(std::string entry);
  static bool matches(const Exception& rule, const std::string& host, const std::string& port);
  bool is_exception(const http::ServerUrl& server) const;

  std::optional<http::Proxy> https_, http_;
  std::vector<Exception> exceptions_;
  bool none_ = false;  // NO_PROXY holds `*`
};

}  // namespace kip::registry
