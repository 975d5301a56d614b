// How long to wait before the next try. Full jitter, so that many clients do not come back at once.
#pragma once

#include "base/result.h"
#include "base/time.h"

namespace kip::kube {

class Backoff {
 public:
  // The delay before the next try after `error`. `random` is uniform in [0, 1).
  // A server's Retry-After (up to 5 minutes) is the least, and full jitter under 1 s · 2ⁿ, at most
  // 30 s, comes on top: it tells a thousand clients the same second. Where nobody answered, the
  // limit is 0.5 s: one refused connection costs nothing, and the cluster's state is to be repaired
  // within a second of the API server's return. Else full jitter under 0.2 s · 2ⁿ, at most 30 s.
  Duration next(const Error& error, double random);

  void reset() { failures_ = silences_ = 0; }

 private:
  int failures_ = 0;  // answers that were errors, since the last good one or the last silence
  int silences_ = 0;
};

// `delay`, but no longer than a second where nobody answered or the server says that it cannot work
// (5xx) and not when it can: for what everything waits for, and is asked for by one alone.
Duration soon(Duration delay, const Error& error);

}  // namespace kip::kube
