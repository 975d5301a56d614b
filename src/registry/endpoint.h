// Where a registry is: from the name in a reference, or from a Location or a realm that a registry
// wrote. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/server_url.h"

namespace kip::registry {

// The registries that are spoken to over plain HTTP, and never over TLS: INSECURE_REGISTRIES.
class InsecureRegistries {
 public:
  // `host[:port]` with commas or spaces between; without a port it is 80. The Error names every
  // entry that is something else.
  static Result<InsecureRegistries> parse(std::string_view list);

  bool has(const std::string& host, std::uint16_t port) const;
  bool operator==(const InsecureRegistries&) const = default;

 private:
  std::set<std::string> entries_;  // ServerUrl::host_and_port, in lower case
};

// The server of a reference's domain: Docker Hub has another name than its images.
Result<http::ServerUrl> endpoint_of(const std::string& domain, const InsecureRegistries& insecure);

// A server and what is asked of it.
struct Target {
  http::ServerUrl server;
  std::string path;  // and query, percent-encoded

  std::string shown_path() const { return path.substr(0, path.find('?')); }
  // "https://quay.io:443/v2/": without the query, which may be a secret.
  std::string shown() const { return server.text() + shown_path(); }
  bool operator==(const Target&) const = default;
};

// A URI reference that a server wrote (RFC 3986, section 5.2), from where it wrote it. The fragment
// falls away, and what no URL may hold is percent-encoded. The Error shows no more than the server.
Result<Target> resolve(const Target& from, std::string_view reference);

}  // namespace kip::registry
