// What the program asks of the kernel for itself: descriptors for its connections, and memory given
// back while it waits.
#pragma once

#include "loop/scheduler.h"

namespace kip::cli {

// Raises the soft limit (RLIMIT_NOFILE) to the hard one. Containers get a soft limit of 1,024 from
// containerd 2, which is kept low for programs that use select(2): this one does not.
void raise_descriptor_limit();

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
