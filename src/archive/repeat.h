// Work on a large file, a piece in each turn of the loop, so that others have theirs. Belongs to
// the loop; destroying it ends the work.
#pragma once

#include <functional>
#include <utility>

#include "loop/scheduler.h"

namespace kip::archive {

class Repeat : public Handle {
 public:
  // `step` is called until it says false, never from inside this call. It may destroy this, and
  // then has to say false.
  Repeat(Scheduler& scheduler, std::function<bool()> step)
      : scheduler_(scheduler), step_(std::move(step)) {
    again();
  }

 private:
  void again() {
    timer_ = scheduler_.after(Duration::zero(), [this] {
      const HandlePtr ended = std::move(timer_);
      const auto step = step_;
      if (step()) again();
    });
  }

  Scheduler& scheduler_;
  const std::function<bool()> step_;
  HandlePtr timer_;
};

// Bytes of such a piece: a few milliseconds, with the hash.
inline constexpr std::size_t piece_bytes = 256 << 10;

}  // namespace kip::archive
