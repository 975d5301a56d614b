#include "kube/backoff.h"

#include <algorithm>

namespace kip::kube {

using namespace std::chrono_literals;

Duration Backoff::next(const Error& error, double random) {
  constexpr Duration first = 200ms, longest = 30s, longest_silence = 500ms, shortest = 20ms;
  constexpr std::chrono::seconds patience = 300s;
  if (error.retry_after) {
    // The wish is the same for everybody who was refused at that moment: the least, and jitter on
    // top of it, over a second at first and doubling up to 30.
    const Duration least = std::clamp(*error.retry_after, 1s, patience);
    const Duration spread = std::min<Duration>(longest, 1s * (1 << std::min(failures_++, 5)));
    return least + std::chrono::duration_cast<Duration>(spread * random);
  }
  const bool unreachable = error.kind == ErrorKind::unreachable;
  if (unreachable) failures_ = 0;  // what answers next is a server that has just started
  int& count = unreachable ? silences_ : failures_;
  const Duration cap =
      std::min(unreachable ? longest_silence : longest, first * (1 << std::min(count++, 8)));
  const auto drawn = std::chrono::duration_cast<Duration>(cap * random);
  return std::max(shortest, drawn);
}

Duration soon(Duration delay, const Error& error) {
  const bool is_away = error.http_status == 0 || error.http_status >= 500;
  return is_away && !error.retry_after ? std::min<Duration>(delay, 1s) : delay;
}

}  // namespace kip::kube
