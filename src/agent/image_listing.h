// What the runtime has, in the log: for people who look for what a pull changed. Belongs to the
// loop.
#pragma once

#include <functional>
#include <string>

#include "runtime/runtime.h"

namespace kip::agent {

// Says at level debug each image that the runtime has, as image-prefetcher does; `stage` is
// "before" or "after" the pulls. A runtime that does not tell is a warning and nothing more. `done`
// is called once, from the loop.
[[nodiscard]] HandlePtr log_images(runtime::Runtime& runtime, Duration patience, std::string stage,
                                   std::function<void()> done);

}  // namespace kip::agent
