// Each kind of name is part of the next wider one.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "types/dns_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kip::types;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool label = check_dns_label(text).ok(), subdomain = check_dns_subdomain(text).ok();
  const bool name = check_qualified_name(text).ok(), value = check_label_value(text).ok();
  const bool has_dot = text.find('.') != text.npos, has_slash = text.find('/') != text.npos;
  if (label && (!subdomain || !name || !value)) std::abort();
  if (subdomain && !has_dot && size <= 63 && !label) std::abort();
  if (subdomain && size <= 63 && !name) std::abort();
  if (!has_slash && size > 0 && name != value) std::abort();
  const std::string joined = std::string(text) + "." + std::string(text);
  if (subdomain && joined.size() <= 253 && !check_dns_subdomain(joined)) std::abort();
  return 0;
}
