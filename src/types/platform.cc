#include "types/platform.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace kip::types {

namespace {

// Of a variant, where none is written: amd64 has v1, arm v7 and arm64 v8.
int number_of(const Platform& platform) {
  const std::string& variant = platform.variant;
  int number = 0;
  if (variant.starts_with('v') &&
      std::from_chars(variant.data() + 1, variant.data() + variant.size(), number).ec ==
          std::errc())
    return std::max(number, 1);
  if (platform.architecture == "arm64") return 8;
  return platform.architecture == "arm" ? 7 : 1;
}

}  // namespace

std::string Platform::text() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

Result<Platform> parse_platform(std::string_view text) {
  const auto parts = split(text, '/');
  const bool is_plain =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789/") == std::string_view::npos;
  if (!is_plain || parts.empty() || parts.size() > 3 || text.front() == '/' || text.back() == '/')
    return permanent(quoted(text) +
                     " is no platform; expected os/architecture[/variant], such as "
                     "\"linux/arm64\"");
  if (parts.size() == 1) return Platform{.architecture = parts[0]};
  return Platform{parts[0], parts[1], parts.size() == 3 ? parts[2] : ""};
}

Platform platform_of_machine(std::string_view machine) {
  if (machine == "x86_64") return {.architecture = "amd64"};
  if (machine == "aarch64") return {.architecture = "arm64"};
  if (machine.starts_with("armv6")) return {.architecture = "arm", .variant = "v6"};
  if (machine.starts_with("arm")) return {.architecture = "arm", .variant = "v7"};
  return {.architecture = std::string(machine)};
}

int fitness(const Platform& offered, const Platform& wanted) {
  if (offered.os != wanted.os || offered.architecture != wanted.architecture) return 0;
  const int has = number_of(offered);
  return has <= number_of(wanted) ? has : 0;
}

}  // namespace kip::types
