// The first line is a list of insecure registries, the second NO_PROXY, the third a proxy, and the
// rest a Location.
#include <cstdint>
#include <cstdlib>

#include "registry/endpoint.h"
#include "registry/proxy_rules.h"

namespace {

std::string next_line(std::string_view& rest) {
  const auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return std::string(line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::registry;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto insecure = InsecureRegistries::parse(next_line(rest));
  const std::string no_proxy = next_line(rest), proxy = next_line(rest);
  const auto rules = ProxyRules::from({{"HTTPS_PROXY", proxy}, {"NO_PROXY", no_proxy}});
  const Target from{{true, "a.test", 443, ""}, "/v2/x"};
  const auto target = resolve(from, rest);
  if (!target) return 0;
  if (!target->path.starts_with('/')) std::abort();
  for (const char c : target->path)
    if (c <= ' ' || c > '~' || c == '#') std::abort();
  if (target->shown().find('?') != std::string::npos) std::abort();
  // What was resolved is itself, from wherever.
  const auto again = resolve(from, target->server.text() + target->path);
  if (!again || !(*again == *target)) std::abort();
  if (rules) (void)rules->proxy_for(target->server);
  if (insecure) (void)insecure->has(target->server.host, target->server.port);
  return 0;
}
