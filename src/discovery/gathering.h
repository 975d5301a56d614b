// When what has changed is told: changes that come close together are one. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace kip::discovery {

class Gathering {
 public:
  // Urgent changes are told at once, but not more often than this, so that a hundred workloads
  // that roll out one after another are some changes of the DaemonSet and not a hundred.
  static constexpr Duration between_urgent_ones = std::chrono::seconds(5);

  explicit Gathering(Duration gather) : gather_(gather) {}

  void changed(SteadyTime now, bool is_urgent) {
    const SteadyTime soon = last_urgent_ ? std::max(now, *last_urgent_ + between_urgent_ones) : now;
    const SteadyTime due = is_urgent ? std::min(soon, now + gather_) : now + gather_;
    if (!due_ || due < *due_) due_ = due;
    is_urgent_ = is_urgent_ || is_urgent;
  }
  // When it is time to tell; nothing where there is nothing to tell.
  std::optional<SteadyTime> due() const { return due_; }
  void told(SteadyTime now) {
    if (is_urgent_) last_urgent_ = now;
    due_.reset();
    is_urgent_ = false;
  }

 private:
  Duration gather_;
  std::optional<SteadyTime> due_, last_urgent_;
  bool is_urgent_ = false;
};

}  // namespace kip::discovery
