// What kept an image from a node. A plain value.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "types/pull_failure.h"

namespace kip::runtime {

struct Failure {
  using Kind = types::PullFailure;
  Kind kind = Kind::other;
  std::string message = {};                                        // the runtime's words
  std::optional<std::chrono::seconds> retry_after = std::nullopt;  // as a 429 wished, if known
  bool operator==(const Failure&) const = default;
};

}  // namespace kip::runtime
