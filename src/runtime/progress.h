// How far a pull is. A plain value.
#pragma once

#include <cstdint>

namespace kip::runtime {

// Of one pull. What a runtime does not tell stays 0.
struct Progress {
  std::uint64_t done = 0, total = 0;  // bytes of the layers that are downloaded, as far as known
  bool operator==(const Progress&) const = default;
};

}  // namespace kip::runtime
