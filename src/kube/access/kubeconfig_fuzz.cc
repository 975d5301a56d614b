// Any text as a kubeconfig: an Access or an Error, nothing else.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kube/access/kubeconfig.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto access = kip::kube::parse_kubeconfig({{"/f/config", text}});
  if (!access && access.error().message.empty()) std::abort();
  return 0;
}
