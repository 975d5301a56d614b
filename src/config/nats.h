// Whose messages name images, and what becomes of them: NATS_…. Plain values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "types/nats.h"

namespace kip::config {

struct Nats {
  std::vector<nats::ServerUrl> servers = {};  // none: NATS is not used
  std::string subject = {};
  Duration forget_after{};
  std::size_t max_images = 0;

  bool is_on() const { return !servers.empty(); }
  bool operator==(const Nats&) const = default;
};

}  // namespace kip::config
