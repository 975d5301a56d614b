#include "registry/keyring.h"

#include <algorithm>

#include "base/text.h"

namespace kip::registry {

namespace {

constexpr std::string_view hub = "docker.io", hub_key = "index.docker.io";

// Splits `host:port`; a host in brackets keeps them.
void split_port(std::string_view authority, std::string& host, std::string& port) {
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  host = authority.substr(0, has_port ? colon : std::string_view::npos);
  port = has_port ? authority.substr(colon + 1) : "";
}

// Takes the part before the next dot off.
std::string_view next_part(std::string_view& rest) {
  const auto dot = rest.find('.');
  const auto part = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return part;
}

bool hosts_match(std::string_view pattern, std::string_view host) {
  if (std::count(pattern.begin(), pattern.end(), '.') != std::count(host.begin(), host.end(), '.'))
    return false;
  while (!pattern.empty() || !host.empty())
    if (!matches_pattern(next_part(pattern), next_part(host))) return false;
  return true;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Where the last star stands, and how much of the text it has taken: on a mismatch it takes one
  // more character, so the time is at most the product of the lengths.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void Keyring::add(const DockerConfig& config) {
  for (const auto& [key, credentials] : config.entries) {
    std::string_view rest = key;
    for (const std::string_view scheme : {"https://", "http://"})
      if (rest.starts_with(scheme)) {
        rest.remove_prefix(scheme.size());
        break;
      }
    rest = rest.substr(0, rest.find_first_of("?#"));
    const auto slash = std::min(rest.find('/'), rest.size());
    auto authority = rest.substr(0, slash), path = rest.substr(slash);
    if (const auto at_sign = authority.rfind('@'); at_sign != std::string_view::npos)
      authority.remove_prefix(at_sign + 1);
    if (path.starts_with("/v1/") || path.starts_with("/v2/")) path.remove_prefix(3);
    if (path == "/") path = "";
    Entry entry;
    split_port(authority, entry.host, entry.port);
    entry.path = path;
    entry.key = std::string(authority) + entry.path;
    entry.credentials = credentials;
    const auto place = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& other) { return other.key < entry.key; });
    entries_.insert(place, std::move(entry));
  }
}

std::vector<Credentials> Keyring::matching(const types::ImageReference& image) const {
  std::string host, port;
  split_port(image.domain, host, port);
  const std::string path = "/" + image.path;
  std::vector<Credentials> found;
  const auto take = [&](const Entry& entry) {
    if (std::find(found.begin(), found.end(), entry.credentials) == found.end())
      found.push_back(entry.credentials);
  };
  for (const auto& entry : entries_)
    if (entry.port == port && path.starts_with(entry.path) && hosts_match(entry.host, host))
      take(entry);
  if (found.empty() && image.domain == hub)
    for (const auto& entry : entries_)
      if (entry.key == hub_key) take(entry);
  return found;
}

}  // namespace kip::registry
