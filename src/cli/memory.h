// What the program gives back to the kernel while it waits.
#pragma once

#include "loop/scheduler.h"

namespace kip::cli {

// Before anything is allocated: a heap that returns what it does not need.
void set_up_heap();

// Free heap memory, and the pages of this program's file, are no longer resident: soon after the
// start, and now and then from then on. What is needed again comes back from the page cache.
// Belongs to the loop.
class MemoryKeeper {
 public:
  explicit MemoryKeeper(Scheduler& scheduler);

 private:
  void release_in(Duration delay);

  Scheduler& scheduler_;
  HandlePtr timer_;
};

}  // namespace kip::cli
