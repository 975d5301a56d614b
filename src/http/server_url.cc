#include "http/server_url.h"

#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "base/text.h"

namespace kip::http {

namespace {

constexpr std::string_view host_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

Error wrong(std::string_view text, std::string_view why) {
  return permanent(quoted(text, 200) + " is not a server URL: " + std::string(why) +
                   "; expected https://host[:port][/prefix]");
}

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

std::string ServerUrl::host_and_port() const {
  return (is_ipv6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string ServerUrl::text() const {
  return (tls ? "https://" : "http://") + host_and_port() + base_path;
}

Result<ServerUrl> parse_server_url(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else if (rest.find("://") != std::string_view::npos) {
    return wrong(text, "its scheme is neither https nor http");
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash), host, port;
  if (authority.find('@') != std::string_view::npos)
    return permanent("the server URL holds a user name or password; expected https://host[:port]");
  if (!split_authority(authority, host, port))
    return wrong(text, "its brackets hold no IPv6 address");
  const bool v6 = host.find(':') != std::string_view::npos;
  if (host.empty() || (v6 ? !is_ip_address(host)
                          : host.find_first_not_of(host_characters) != std::string_view::npos))
    return wrong(text, "its host is neither a name nor an address");
  if (port.size() > 1) {
    const char* end = port.data() + port.size();
    const auto [stop, failed] = std::from_chars(port.data() + 1, end, url.port);
    if (failed != std::errc() || stop != end || url.port == 0)
      return wrong(text, "its port is not a number from 1 to 65535");
  }
  for (const char c : path) {
    if (c <= ' ' || c > '~' || c == '?' || c == '#' || c == '"' || c == '<' || c == '>')
      return wrong(text, "its path holds " + quoted(std::string_view(&c, 1)));
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  url.host = host;
  url.base_path = path;
  return url;
}

}  // namespace kip::http
