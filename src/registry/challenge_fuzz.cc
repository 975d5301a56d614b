// What was read is found again when it is written in order, and no scheme is empty.
#include <cstdint>
#include <cstdlib>

#include "registry/challenge.h"

namespace {

std::string written(const std::vector<kip::registry::Challenge>& all) {
  std::string text;
  for (const auto& each : all) {
    text += (text.empty() ? "" : ", ") + each.scheme;
    const char* separator = " ";
    for (const auto& [name, value] : each.parameters) {
      text += separator + name + "=\"";
      for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      text += '"';
      separator = ", ";
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto all = kip::registry::parse_challenges(text);
  for (const auto& each : all)
    if (each.scheme.empty()) std::abort();
  if (kip::registry::parse_challenges(written(all)) != all) std::abort();
  return 0;
}
