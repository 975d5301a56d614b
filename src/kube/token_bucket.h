// Limits how often something is done: a burst at once, then at a steady pace. A plain value.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace kip::kube {

class TokenBucket {
 public:
  TokenBucket(int burst, Duration pace) : burst_(burst), pace_(pace), tokens_(burst) {}

  // Takes a token if there is one.
  bool take(SteadyTime now) {
    refill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  // What it was taken for did not come about.
  void give_back() { tokens_ = std::min(burst_, tokens_ + 1); }
  // How long until there is one.
  Duration wait(SteadyTime now) {
    refill(now);
    if (tokens_ >= 1) return Duration::zero();
    return Duration{static_cast<Duration::rep>((1 - tokens_) * static_cast<double>(pace_.count())) +
                    1};
  }

 private:
  void refill(SteadyTime now) {
    if (last_ != SteadyTime{} && now > last_)
      tokens_ = std::min<double>(burst_, tokens_ + static_cast<double>((now - last_).count()) /
                                                       static_cast<double>(pace_.count()));
    last_ = now;
  }

  double burst_;
  Duration pace_;
  double tokens_;
  SteadyTime last_{};
};

}  // namespace kip::kube
