#include "registry/endpoint.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/text.h"

namespace kip::registry {

namespace {

constexpr std::string_view hub = "docker.io", hub_server = "registry-1.docker.io";

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// RFC 3986: what a path and a query are made of; the rest would be refused by servers, or end a
// line of ours.
std::string encoded(std::string_view path) {
  constexpr std::string_view also = "-._~!$&'()*+,;=:@/?";
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool plain = c == '%' ? i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2])
                                : std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                                      (c != '\0' && also.find(c) != std::string_view::npos);
    out += plain ? std::string(1, c) : percent_encoded(std::string_view(&c, 1));
  }
  return out;
}

// RFC 3986, section 5.2.4, for a path that begins with a slash.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool ends_with_slash = false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    ends_with_slash = part.empty() || part == "." || part == "..";
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != "." && (!part.empty() || !path.empty())) {
      parts.push_back(part);
    }
  }
  std::string out;
  for (const auto part : parts) (out += '/') += part;
  return ends_with_slash || out.empty() ? out + "/" : out;
}

}  // namespace

Result<InsecureRegistries> InsecureRegistries::parse(std::string_view list) {
  InsecureRegistries out;
  std::vector<std::string> wrong;
  std::string commas(list);
  std::replace_if(
      commas.begin(), commas.end(), [](char c) { return std::isspace(c) != 0; }, ',');
  for (const auto& entry : split(commas, ',')) {
    const auto url = http::parse_server_url("http://" + entry);
    // The URL's parser takes also a path, and http://.
    if (url && entry.find('/') == std::string::npos)
      out.entries_.insert(lowered(url->host_and_port()));
    else
      wrong.push_back(quoted(entry));
  }
  if (wrong.empty()) return out;
  return permanent(joined(wrong) + (wrong.size() == 1 ? " is" : " are") +
                   " not host[:port]; expected the registries that speak plain HTTP, with commas "
                   "between: registry.local:5000,10.0.0.1:5000");
}

bool InsecureRegistries::has(const std::string& host, std::uint16_t port) const {
  return entries_.count(lowered(http::ServerUrl{false, host, port, ""}.host_and_port())) != 0;
}

Result<http::ServerUrl> endpoint_of(const std::string& domain, const InsecureRegistries& insecure) {
  const std::string name = domain == hub ? std::string(hub_server) : domain;
  const auto plain = http::parse_server_url("http://" + name);
  if (!plain) return plain.error();
  if (insecure.has(plain->host, plain->port)) return *plain;
  return http::parse_server_url("https://" + name);
}

Result<Target> resolve(const Target& from, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const std::string_view shown = reference.substr(0, reference.find('?'));
  if (reference.empty()) return permanent("its address is empty");
  Target out{from.server, ""};
  const auto scheme = lowered(reference.substr(0, 8));
  const bool absolute = scheme.starts_with("http://") || scheme == "https://";
  if (absolute || reference.starts_with("//")) {
    const bool tls = absolute ? scheme == "https://" : from.server.tls;
    reference.remove_prefix(reference.find("//") + 2);
    const auto end = std::min(reference.find_first_of("/?"), reference.size());
    const auto server = http::parse_server_url((tls ? "https://" : "http://") +
                                               std::string(reference.substr(0, end)));
    if (!server) return server.error();
    out.server = *server;
    out.server.host = lowered(out.server.host);
    reference.remove_prefix(end);
    if (!reference.starts_with('/')) out.path = "/";
  } else if (shown.substr(0, shown.find('/')).find(':') != std::string_view::npos) {
    return permanent("its address is neither https:// nor http://");
  } else if (reference.starts_with('?')) {
    out.path = from.shown_path();
  } else if (!reference.starts_with('/')) {
    out.path = from.shown_path();
    out.path.erase(out.path.rfind('/') + 1);
  }
  out.path += encoded(reference);
  const auto query = std::min(out.path.find('?'), out.path.size());
  out.path = without_dots(out.path.substr(0, query)) + out.path.substr(query);
  return out;
}

}  // namespace kip::registry
