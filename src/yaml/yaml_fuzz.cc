// Any text is a value, or an Error that says something; what was read is read again when written.
#include <cstdint>
#include <cstdlib>

#include "yaml/from_yaml.h"
#include "yaml/to_yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = kip::from_yaml({reinterpret_cast<const char*>(data), size});
  if (!value) {
    if (value.error().message.empty()) std::abort();
    return 0;
  }
  const auto again = kip::from_yaml(kip::to_yaml(*value));
  if (!again || *again != *value) std::abort();
  return 0;
}
