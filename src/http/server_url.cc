#include "http/server_url.h"

#include <algorithm>
#include <utility>

#include "base/host_and_port.h"
#include "base/text.h"

namespace kip::http {

namespace {

Error wrong(std::string_view text, std::string_view why) {
  return permanent(quoted(text, 200) + " is not a server URL: " + std::string(why) +
                   "; expected https://host[:port][/prefix]");
}

}  // namespace

std::string ServerUrl::host_and_port() const { return text_of_host(host, port); }

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
  std::string_view path = rest.substr(slash);
  if (authority.find('@') != std::string_view::npos)
    return permanent("the server URL holds a user name or password; expected https://host[:port]");
  auto place = parse_host_and_port(authority);
  if (!place) return wrong(text, place.error().message);
  for (const char c : path) {
    if (c <= ' ' || c > '~' || c == '?' || c == '#' || c == '"' || c == '<' || c == '>')
      return wrong(text, "its path holds " + quoted(std::string_view(&c, 1)));
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  url.host = std::move(place->host);
  if (place->port) url.port = *place->port;
  url.base_path = path;
  return url;
}

}  // namespace kip::http
