// What the service gives back to the kernel while it waits. May be called from any thread.
#pragma once

namespace kip::cli {

// Before anything is allocated: a heap that returns what it does not need.
void set_up_heap();

// Free heap memory, and the pages of this program's file, are no longer resident. What is needed
// again comes back from the page cache.
void release_unused_memory();

}  // namespace kip::cli
