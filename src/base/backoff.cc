#include "base/backoff.h"

#include <algorithm>

namespace kip {

using namespace std::chrono_literals;

Duration Backoff::next(const Error& error, double random) {
  constexpr Duration first = 200ms, longest = 30s, unreachable = 500ms, shortest = 20ms;
  constexpr std::chrono::seconds patience = 300s;
  if (error.retry_after) return std::clamp(*error.retry_after, 1s, patience);
  const int doublings = std::min(failures_++, 8);
  const Duration cap = error.kind == ErrorKind::unreachable ? std::min(unreachable, first * (1 << doublings))
                                                            : std::min(longest, first * (1 << doublings));
  const auto drawn = Duration{static_cast<Duration::rep>(static_cast<double>(cap.count()) * random)};
  return std::max(shortest, drawn);
}

}  // namespace kip
