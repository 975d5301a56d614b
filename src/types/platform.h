// The platform that an image is for: os/architecture[/variant]. Pure.
// Sources: OCI image specification, image-index.md, "platform"; the order of variants is
// containerd's (package platforms).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kip::types {

struct Platform {
  std::string os = "linux";
  std::string architecture;
  std::string variant = {};  // "v7"; empty: the architecture's usual one
  std::string text() const;
  bool operator==(const Platform&) const = default;
};

// "linux/amd64", "linux/arm/v7"; an architecture alone is one of linux.
Result<Platform> parse_platform(std::string_view text);

// That of a machine, by what uname(2) says of it: "x86_64" is linux/amd64. As it stands where it is
// not known.
Platform platform_of_machine(std::string_view machine);

// How well what is `offered` runs on what is `wanted`: 0 not at all, more is better.
int fitness(const Platform& offered, const Platform& wanted);

}  // namespace kip::types
