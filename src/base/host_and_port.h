// Where a server is, as people write it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kip {

// Whether `host` is an IPv4 or IPv6 address (without brackets) and no name.
bool is_ip_address(std::string_view host);

struct HostAndPort {
  std::string host;                   // a DNS name, or an address without brackets
  std::optional<std::uint16_t> port;  // absent: none was written, or nothing behind the colon
};

// `host`, `host:port` or `[v6]:port`. The Error says what is wrong without what was there, which
// may be secret: "its host is neither a name nor an address".
Result<HostAndPort> parse_host_and_port(std::string_view text);
// "10.0.0.1:443", "[fd00::1]:443"
std::string text_of_host(const std::string& host, std::uint16_t port);

}  // namespace kip
