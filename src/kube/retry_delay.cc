#include "kube/retry_delay.h"

#include <algorithm>

#include "kube/errors.h"

namespace kip::kube {

using namespace std::chrono_literals;

namespace {

Duration part_of(Duration whole, double random) {
  return std::chrono::duration_cast<Duration>(whole * random);
}

constexpr Duration longest = 30s;

}  // namespace

Duration RetryDelay::after(const http::Error& error, double random) {
  if (forbidden_tries_ > 0 && kube::is_forbidden(error)) return after_forbidden();
  if (error.retry_after) return after_retry_after(*error.retry_after, random);
  constexpr Duration first = 200ms, longest_silence = 500ms, shortest = 20ms;
  const bool unreachable = error.kind == ErrorKind::unreachable;
  if (unreachable) failures_ = 0;  // what answers next is a server that has just started
  int& count = unreachable ? silences_ : failures_;
  const Duration cap =
      std::min(unreachable ? longest_silence : longest, first * (1 << std::min(count++, 8)));
  return std::max(shortest, part_of(cap, random));
}

Duration RetryDelay::soon_after(const http::Error& error, double random) {
  const Duration delay = after(error, random);
  return is_away(error) && !error.retry_after ? std::min<Duration>(delay, 1s) : delay;
}

// First soon, as an API server that has just started answers 403 for a moment, then rarely: a Role
// may be mended.
Duration RetryDelay::after_forbidden() {
  ++forbidden_;
  if (!is_forbidden()) return 1s * (1 << (forbidden_ - 1));
  return std::min<Duration>(1h, 10min * (1 << std::min(forbidden_ - forbidden_tries_, 3)));
}

// The wish is the same for everybody who was refused at that moment: the least, and jitter on top
// of it, over a second at first and doubling.
Duration RetryDelay::after_retry_after(std::chrono::seconds wish, double random) {
  constexpr std::chrono::seconds patience = 300s;
  const Duration spread = std::min<Duration>(longest, 1s * (1 << std::min(failures_++, 5)));
  return std::clamp(wish, 1s, patience) + part_of(spread, random);
}

}  // namespace kip::kube
