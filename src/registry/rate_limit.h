// How long a registry wants us to wait before the next request. Pure; a plain value for each
// registry.
#pragma once

#include <optional>

#include "base/time.h"
#include "http/transport.h"

namespace kip::registry {

class RateLimit {
 public:
  // The delay that an answer asks for; nothing where it asks for none. `random` is uniform in
  // [0, 1).
  //
  // 429, and 503 with Retry-After: as late as that says, at most an hour; without it 10 s, doubling
  // to 15 min with each in a row; a challenge (401) ends no row, as one comes before each token.
  // `ratelimit-remaining: 0;w=21600` (Docker Hub), or without the window: `ratelimit-reset`
  // seconds; else the time in which the window lets one more pass, as `ratelimit-limit:
  // 100;w=21600` says it; else a minute. Jitter comes on top of each, as everybody behind one
  // address is told the same.
  std::optional<Duration> after(const http::Response& answer, double random);

  // The last answer that says something of limits was a refusal.
  bool is_refused() const { return refusals_ > 0; }

 private:
  int refusals_ = 0;  // 429 in a row
};

}  // namespace kip::registry
