// What to do after a 403 on something that the program can do without: ask again, first soon (an
// API server that has just started answers 403 for a moment), then rarely. A plain value.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace kip::kube {

class Refusal {
 public:
  // The delay before the next try: 1 s, then 10 min doubling to 1 h.
  Duration next() {
    using namespace std::chrono_literals;
    const Duration delay =
        count_ == 0 ? Duration{1s} : std::min<Duration>(1h, 10min * (1 << std::min(count_ - 1, 3)));
    ++count_;
    return delay;
  }
  // True from the second 403 in a row on: now it is worth a word in the log.
  bool is_certain() const { return count_ >= 2; }
  void reset() { count_ = 0; }

 private:
  int count_ = 0;
};

}  // namespace kip::kube
