#include "base/host_and_port.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

namespace kip {

namespace {

constexpr std::string_view host_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

// Splits `[v6]:port`, `host:port` or `host`. False where brackets do not match.
bool split_authority(std::string_view authority, std::string_view& host, std::string_view& port) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    return host.find(':') != std::string_view::npos && (port.empty() || port.front() == ':');
  }
  const auto colon = std::min(authority.find(':'), authority.size());
  host = authority.substr(0, colon);
  port = authority.substr(colon);
  return true;
}

}  // namespace

bool is_ip_address(std::string_view host) {
  const std::string copy(host);
  std::array<unsigned char, 16> address{};
  return inet_pton(AF_INET, copy.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), address.data()) == 1;
}

Result<HostAndPort> parse_host_and_port(std::string_view text) {
  std::string_view host, port;
  if (!split_authority(text, host, port)) return permanent("its brackets hold no IPv6 address");
  const bool v6 = host.find(':') != std::string_view::npos;
  if (host.empty() || (v6 ? !is_ip_address(host)
                          : host.find_first_not_of(host_characters) != std::string_view::npos))
    return permanent("its host is neither a name nor an address");
  HostAndPort read{std::string(host), std::nullopt};
  if (port.size() > 1) {
    std::uint16_t number = 0;
    const char* end = port.data() + port.size();
    const auto [stop, failed] = std::from_chars(port.data() + 1, end, number);
    if (failed != std::errc() || stop != end || number == 0)
      return permanent("its port is not a number from 1 to 65535");
    read.port = number;
  }
  return read;
}

std::string text_of_host(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace kip
