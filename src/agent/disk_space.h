// Whether what a pull brings has room on the disk that images are on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "registry/layers.h"

namespace kip::agent {

// As statfs(2) has it, in bytes.
struct Filesystem {
  std::uint64_t capacity = 0;
  std::uint64_t available = 0;  // to who is not root
};

// What pulling these layers takes at the most, in bytes. Registries tell what is downloaded; what
// it unpacks to is estimated: three times as much, which is more than nearly all images take (1.5
// to 3 times, measured by their users), and the download beside it, as containerd keeps both.
std::uint64_t space_for(const std::vector<registry::Layer>& layers);

// Nothing: it fits. Else what is in the way: `claimed` bytes, by pulls that are under way, and
// `needed` would make more than `limit` percent of the disk used. Used is what is not available, as
// the kubelet counts.
std::optional<std::string> refusal(const Filesystem& disk, int limit, std::uint64_t claimed,
                                   std::uint64_t needed);

}  // namespace kip::agent
