// What the service gives back to the kernel when its start is over. May be called from any thread.
#pragma once

namespace kip::cli {

// Before anything is allocated: a heap that returns what it does not need.
void set_up_heap();

// Once the start is over: free heap memory, and the pages of this program's file that only the
// start needed, are no longer resident. What is needed again comes back from the page cache.
void release_startup_memory();

}  // namespace kip::cli
