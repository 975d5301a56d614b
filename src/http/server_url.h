// The address of an API server, as `server:` of a kubeconfig gives it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kip::http {

struct ServerUrl {
  bool tls = true;
  std::string host;  // a DNS name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 443;
  std::string base_path;  // "" or "/prefix" without a slash at its end

  std::string host_and_port() const;  // "10.0.0.1:443", "[fd00::1]:443"
  std::string text() const;           // "https://10.0.0.1:443/prefix"
  bool operator==(const ServerUrl&) const = default;
};

// An HTTP proxy on the way to a server.
struct Proxy {
  ServerUrl server;
  std::string user = {}, password = {};  // for Basic; none where the user is empty
};

// `https://host[:port][/prefix]` or `http://…`; a text without a scheme gets https, as kubectl's
// does for port 443. The Error says what is wrong, not where the text came from.
Result<ServerUrl> parse_server_url(std::string_view text);

}  // namespace kip::http
