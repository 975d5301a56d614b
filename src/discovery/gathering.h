// When what has changed is told: changes that come close together are one. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace kip::discovery {

class Gathering {
 public:
  // Nothing is told more often than this, also what is urgent or hardly gathered, so that a hundred
  // workloads that roll out one after another are some changes of the DaemonSet and not a hundred.
  static constexpr Duration between_two = std::chrono::seconds(5);

  explicit Gathering(Duration gather) : gather_(gather) {}

  void changed(SteadyTime now, bool is_urgent) {
    SteadyTime due = is_urgent ? now : now + gather_;
    if (last_) due = std::max(due, *last_ + between_two);
    if (!due_ || due < *due_) due_ = due;
  }
  // When it is time to tell; nothing where there is nothing to tell.
  std::optional<SteadyTime> due() const { return due_; }
  void told(SteadyTime now) {
    if (due_) last_ = now;
    due_.reset();
  }

 private:
  Duration gather_;
  std::optional<SteadyTime> due_, last_;
};

}  // namespace kip::discovery
