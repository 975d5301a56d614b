#include "registry/client_options.h"

#include <algorithm>
#include <utility>

namespace kip::registry {

Result<Client::Options> client_options(const Environment& environment) {
  Client::Options options;
  auto proxies = ProxyRules::from(environment);
  if (!proxies) return proxies.error();
  options.proxies = std::move(*proxies);
  std::string insecure = value_of(environment, "INSECURE_REGISTRIES");
  std::replace(insecure.begin(), insecure.end(), ';', ',');
  auto by_http = InsecureRegistries::parse(insecure);
  if (!by_http) return permanent("INSECURE_REGISTRIES: " + by_http.error().message);
  options.insecure = std::move(*by_http);
  options.ca_file = value_of(environment, "REGISTRY_CA_FILE");
  return options;
}

}  // namespace kip::registry
