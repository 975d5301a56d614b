// Where servers of NATS are and what is published there, as people write it: for the settings and
// for the client (src/nats). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kip::nats {

struct Credentials {
  std::string user = {}, password = {};
  std::string token = {};  // in place of both
  bool is_empty() const { return user.empty() && password.empty() && token.empty(); }
  bool operator==(const Credentials&) const = default;
};

struct ServerUrl {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 4222;
  bool tls = false;              // whatever the server says
  Credentials credentials = {};  // of the URL

  std::string host_and_port() const;  // "nats:4222", "[fd00::1]:4222": to be shown
  bool operator==(const ServerUrl&) const = default;
};

// `nats://[user[:password]@|token@]host[:port]` or `tls://…`, several with commas between them; a
// text without a scheme is as nats://, and has no user or token where it is not the first. User and
// password are percent-decoded: a comma in one is %2C. The Error shows no password.
Result<std::vector<ServerUrl>> parse_server_urls(std::string_view text);

// Whether messages may be published to it: words between dots, of printable characters without
// blanks, and without wildcards. The Error says what is wrong.
Status check_subject(std::string_view subject);

}  // namespace kip::nats
