// Any file: either a problem, or providers that can be run and that are for some image.
#include <cstdint>
#include <cstdlib>

#include "agent/credential_provider_config.h"
#include "yaml/from_yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto content = kip::from_yaml({reinterpret_cast<const char*>(data), size});
  if (!content) return 0;
  kip::agent::CredentialProviderConfig config;
  kip::agent::add_credential_providers(config, *content, "f");
  for (const auto& problem : config.problems)
    if (!problem.starts_with("f: ")) std::abort();
  if (!config.problems.empty()) return 0;
  if (config.providers.empty()) std::abort();
  for (const auto& provider : config.providers) {
    if (provider.name.empty() || provider.name.find('/') != std::string::npos) std::abort();
    if (provider.match_images.empty()) std::abort();
    if (provider.default_cache_duration < kip::Duration::zero()) std::abort();
    for (const auto& [name, value] : provider.env)
      if (name.empty() || name.find('=') != std::string::npos) std::abort();
  }
  return 0;
}
