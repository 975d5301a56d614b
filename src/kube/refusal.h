// What to do after a 403 on something that the program can do without: ask again, first soon (an
// API server that has just started answers 403 for a moment), then rarely. A plain value.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace kip::kube {

class Refusal {
 public:
  // `tries`: how many in a row are believed. Two where somebody waits for it; more where nothing
  // does, as some API servers take seconds until they know their own rules.
  explicit Refusal(int tries = 2) : tries_(tries) {}

  // The delay before the next try: 1 s doubling until it is certain, then 10 min doubling to 1 h.
  Duration next() {
    using namespace std::chrono_literals;
    ++count_;
    if (!is_certain()) return 1s * (1 << (count_ - 1));
    return std::min<Duration>(1h, 10min * (1 << std::min(count_ - tries_, 3)));
  }
  // True once it was refused often enough in a row: now it is worth a word in the log.
  bool is_certain() const { return count_ >= tries_; }
  void reset() { count_ = 0; }

 private:
  int tries_;
  int count_ = 0;
};

}  // namespace kip::kube
