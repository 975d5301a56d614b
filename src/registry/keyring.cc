#include "registry/keyring.h"

#include <algorithm>

namespace kip::registry {

namespace {

constexpr std::string_view hub = "docker.io", hub_key = "index.docker.io";

}  // namespace

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
    types::split_port(authority, entry.images.host, entry.images.port);
    entry.images.path = path;
    entry.key = std::string(authority) + entry.images.path;
    entry.credentials = credentials;
    const auto place = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& other) { return other.key < entry.key; });
    entries_.insert(place, std::move(entry));
  }
}

std::vector<Credentials> Keyring::matching(const types::ImageReference& image) const {
  std::vector<Credentials> found;
  const auto take = [&](const Entry& entry) {
    if (std::find(found.begin(), found.end(), entry.credentials) == found.end())
      found.push_back(entry.credentials);
  };
  for (const auto& entry : entries_)
    if (entry.images.matches(image)) take(entry);
  if (found.empty() && image.domain == hub)
    for (const auto& entry : entries_)
      if (entry.key == hub_key) take(entry);
  return found;
}

}  // namespace kip::registry
