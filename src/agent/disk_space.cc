#include "agent/disk_space.h"

#include <algorithm>
#include <limits>

#include "base/byte_text.h"

namespace kip::agent {

namespace {

constexpr std::uint64_t unpacked_factor = 3;

// Registries write sizes, and may write any.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  const auto most = std::numeric_limits<std::uint64_t>::max();
  return a > most - b ? most : a + b;
}

std::uint64_t times(std::uint64_t a, std::uint64_t factor) {
  const auto most = std::numeric_limits<std::uint64_t>::max();
  return a > most / factor ? most : a * factor;
}

}  // namespace

std::uint64_t space_for(const std::vector<registry::Layer>& layers) {
  std::uint64_t bytes = 0;
  for (const auto& layer : layers)
    bytes = sum(bytes, times(layer.bytes, 1 + (layer.is_compressed ? unpacked_factor : 1)));
  return bytes;
}

std::optional<std::string> refusal(const Filesystem& disk, int limit, std::uint64_t claimed,
                                   std::uint64_t needed) {
  const std::uint64_t used = disk.capacity - std::min(disk.available, disk.capacity);
  const std::uint64_t most = disk.capacity / 100 * static_cast<std::uint64_t>(limit);
  const std::uint64_t taken = sum(used, claimed);
  if (sum(taken, needed) <= most) return std::nullopt;
  return "it may take " + byte_text(needed) + ", and " + byte_text(most - std::min(taken, most)) +
         " are left below " + std::to_string(limit) + "% of the disk for images (" +
         byte_text(disk.capacity) + ", " + byte_text(used) + " used, " + byte_text(claimed) +
         " claimed by other pulls)";
}

}  // namespace kip::agent
