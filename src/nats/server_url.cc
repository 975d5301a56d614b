#include "nats/server_url.h"

#include <optional>

#include "base/text.h"
#include "http/server_url.h"

namespace kip::nats {

namespace {

constexpr const char* expected = "; expected nats://host:port or tls://host:port";
constexpr std::uint16_t default_port = 4222;

std::optional<int> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Nothing: a "%" without two digits behind it.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? digit(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? digit(text[i + 2]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    plain += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return plain;
}

bool read_credentials(std::string_view text, Credentials& out) {
  const auto colon = text.find(':');
  const auto first = decoded(text.substr(0, colon));
  if (!first) return false;
  if (colon == std::string_view::npos) {
    out.token = *first;
    return true;
  }
  const auto second = decoded(text.substr(colon + 1));
  if (!second) return false;
  out.user = *first;
  out.password = *second;
  return true;
}

Result<ServerUrl> parse_one(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  const auto scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::string scheme = lowered(rest.substr(0, scheme_end));
    if (scheme != "nats" && scheme != "tls")
      return permanent("the scheme " + quoted(scheme) + " is not known" + expected);
    url.tls = scheme == "tls";
    rest.remove_prefix(scheme_end + 3);
  }
  // A password may hold one that is not encoded.
  if (const auto end = rest.rfind('@'); end != std::string_view::npos) {
    if (!read_credentials(rest.substr(0, end), url.credentials))
      return permanent("the user or password in a NATS URL is not percent-encoded" +
                       std::string(expected));
    rest.remove_prefix(end + 1);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('/') != std::string_view::npos)
    return permanent(quoted(rest) + " has a path" + expected);
  const bool has_port = rest.ends_with(']') ? false : rest.rfind(':') != std::string_view::npos;
  const auto server = http::parse_server_url("http://" + std::string(rest));
  if (!server || (has_port && rest.ends_with(':')))
    return permanent(quoted(rest) + " is no host and port" + expected);
  url.host = server->host;
  url.port = has_port ? server->port : default_port;
  return url;
}

}  // namespace

std::string ServerUrl::host_and_port() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<std::vector<ServerUrl>> parse_server_urls(std::string_view text) {
  std::vector<ServerUrl> urls;
  for (const auto& part : split(text, ',')) {
    const std::string_view one = trimmed(part);
    if (one.empty()) continue;
    auto url = parse_one(one);
    if (!url) return url.error();
    urls.push_back(std::move(*url));
  }
  if (urls.empty()) return permanent("there is no NATS server" + std::string(expected));
  return urls;
}

}  // namespace kip::nats
