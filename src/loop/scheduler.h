// Time, chance and "later" for the parts that act: the program's one loop stands behind it, and a
// hand-driven one in tests. Every method is called from the loop's thread, and so is every
// callback.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include "base/time.h"

namespace kip {

// Something under way. Destroying it gives it up: its callbacks will not be called after that.
class Handle {
 public:
  virtual ~Handle() = default;
};
using HandlePtr = std::unique_ptr<Handle>;

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  virtual SteadyTime now() const = 0;
  virtual WallTime wall_now() const = 0;
  virtual double random() = 0;  // uniform in [0, 1)

  // Calls `f` once, `delay` from now, from the loop and never from inside this call. `f` may
  // destroy the handle.
  [[nodiscard]] virtual HandlePtr after(Duration delay, std::function<void()> f) = 0;
};

// How long to wait until `time` is to be looked at: no longer than ten minutes, as a timer of weeks
// would not follow a clock that is set, and looking at the time costs nothing.
inline Duration wait_for(const Scheduler& scheduler, WallTime time) {
  return std::clamp<Duration>(time - scheduler.wall_now(), std::chrono::milliseconds(1),
                              std::chrono::minutes(10));
}

}  // namespace kip
