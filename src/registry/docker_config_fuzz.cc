// The first byte chooses the kind. Every entry that was read has something to show, and no more
// credentials are found than there are.
#include <cstdint>
#include <cstdlib>

#include "registry/keyring.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::registry;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind = (data[0] & 1U) != 0 ? SecretKind::dockercfg : SecretKind::dockerconfigjson;
  const auto config = parse_docker_config(text, kind, "secret");
  for (const auto& entry : config.entries)
    if (entry.credentials.is_anonymous()) std::abort();
  Keyring keyring;
  keyring.add(config);
  for (const auto* image : {"busybox", "quay.io/a/b", "[::1]:5000/x", "a.b.c.d/e"}) {
    const auto found = keyring.matching(*kip::types::parse_image_reference(image));
    if (found.size() > config.entries.size()) std::abort();
  }
  return 0;
}
