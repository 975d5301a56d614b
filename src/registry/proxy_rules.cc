#include "registry/proxy_rules.h"

#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "base/text.h"

namespace kip::registry {

namespace {

// An address as 4 or 16 bytes; "" for a name. One that maps IPv4 into IPv6 has 4.
std::string address_of(const std::string& host) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return "";
  const std::string all(bytes.data(), 16);
  const std::string mapped = std::string(10, '\0') + "\xff\xff";
  return all.starts_with(mapped) ? all.substr(12) : all;
}

bool is_loopback(const std::string& host) {
  const auto address = address_of(host);
  return host == "localhost" || (address.size() == 4 && address[0] == 127) ||
         (address.size() == 16 && address == std::string(15, '\0') + '\1');
}

bool is_inside(const std::string& address, const std::string& network, int prefix) {
  if (address.size() != network.size()) return false;
  for (int bit = 0; bit < prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    if (((static_cast<unsigned char>(address[byte]) ^ static_cast<unsigned char>(network[byte])) &
         mask) != 0)
      return false;
  }
  return true;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* end = text.data() + std::min(i + 3, text.size());
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, end, value, 16).ptr == end) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<std::optional<http::Proxy>> read_proxy(const Environment& environment,
                                              const std::string& name) {
  auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) found = environment.find(lowered(name));
  if (found == environment.end() || trimmed(found->second).empty())
    return std::optional<http::Proxy>();
  std::string_view rest = trimmed(found->second);
  const auto scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    const auto scheme = lowered(rest.substr(0, scheme_end));
    rest.remove_prefix(scheme_end + 3);
    if (scheme != "http")
      return permanent(name + " names a proxy that is not reached over http://; expected " +
                       "[http://][user:password@]host[:port]");
  }
  rest = rest.substr(0, rest.find('/'));
  http::Proxy proxy;
  if (const auto at_sign = rest.rfind('@'); at_sign != std::string_view::npos) {
    const auto user = rest.substr(0, at_sign);
    const auto colon = std::min(user.find(':'), user.size());
    proxy.user = decoded(user.substr(0, colon));
    if (colon < user.size()) proxy.password = decoded(user.substr(colon + 1));
    rest.remove_prefix(at_sign + 1);
  }
  const auto server = http::parse_server_url("http://" + std::string(rest));
  if (!server)
    return permanent(name + " is no proxy; expected [http://][user:password@]host[:port]");
  proxy.server = *server;
  return std::optional<http::Proxy>(std::move(proxy));
}

}  // namespace

std::optional<ProxyRules::Exception> ProxyRules::parse_exception(std::string entry) {
  Exception out;
  if (const auto slash = entry.find('/'); slash != std::string::npos) {
    Network network{address_of(entry.substr(0, slash)), 0};
    const char* end = entry.data() + entry.size();
    const auto [stop, failed] = std::from_chars(entry.data() + slash + 1, end, network.prefix);
    if (network.bytes.empty() || failed != std::errc() || stop != end || network.prefix < 0 ||
        network.prefix > static_cast<int>(network.bytes.size()) * 8)
      return std::nullopt;
    out.network = network;
    return out;
  }
  // A bare IPv6 address has colons and no port.
  if (const auto colon = entry.rfind(':');
      colon != std::string::npos && (entry.find(':') == colon || entry.starts_with('['))) {
    if (colon > entry.rfind(']') || entry.find(']') == std::string::npos) {
      out.port = entry.substr(colon + 1);
      entry.resize(colon);
    }
  }
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.empty()) return std::nullopt;
  if (!address_of(entry).empty() || !entry.starts_with('.')) out.host = entry;
  if (address_of(entry).empty()) out.suffix = (entry.starts_with('.') ? "" : ".") + entry;
  return out;
}

Result<ProxyRules> ProxyRules::from(const Environment& environment) {
  ProxyRules out;
  auto https = read_proxy(environment, "HTTPS_PROXY");
  if (!https) return https.error();
  auto plain = read_proxy(environment, "HTTP_PROXY");
  if (!plain) return plain.error();
  out.https_ = *std::move(https);
  out.http_ = *std::move(plain);
  auto list = environment.find("NO_PROXY");
  if (list == environment.end() || list->second.empty()) list = environment.find("no_proxy");
  if (list == environment.end()) return out;
  for (const auto& each : split(list->second, ',')) {
    std::string entry = lowered(trimmed(each));
    if (entry == "*") out.none_ = true;
    if (auto rule = parse_exception(std::move(entry))) out.exceptions_.push_back(*std::move(rule));
  }
  return out;
}

bool ProxyRules::matches(const Exception& rule, const std::string& host, const std::string& port) {
  if (!rule.port.empty() && rule.port != port) return false;
  const auto address = address_of(host);
  if (rule.network) return is_inside(address, rule.network->bytes, rule.network->prefix);
  if (!address.empty()) return address == address_of(rule.host);
  return host == rule.host || (!rule.suffix.empty() && host.ends_with(rule.suffix));
}

bool ProxyRules::is_exception(const http::ServerUrl& server) const {
  const auto host = lowered(server.host), port = std::to_string(server.port);
  if (none_ || is_loopback(host)) return true;
  for (const auto& rule : exceptions_)
    if (matches(rule, host, port)) return true;
  return false;
}

std::optional<http::Proxy> ProxyRules::proxy_for(const http::ServerUrl& server) const {
  const auto& proxy = server.tls ? https_ : http_;
  if (!proxy || is_exception(server)) return std::nullopt;
  return proxy;
}

}  // namespace kip::registry
