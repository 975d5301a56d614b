// Any answer: an Error that says something, or credentials that are not anonymous and that the
// keyring takes.
#include <cstdint>
#include <cstdlib>

#include "agent/credential_provider_response.h"
#include "registry/keyring.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto response = kip::agent::parse_credential_provider_response(
      {reinterpret_cast<const char*>(data), size}, "provider");
  if (!response) {
    if (response.error().message.empty()) std::abort();
    return 0;
  }
  for (const auto& entry : response->auth.entries)
    if (entry.credentials.is_anonymous() || entry.credentials.origin != "provider") std::abort();
  kip::registry::Keyring keyring;
  keyring.add(response->auth);
  const auto image = kip::types::parse_image_reference("r.test/team/app:1");
  if (keyring.matching(*image).size() > response->auth.entries.size()) std::abort();
  return 0;
}
