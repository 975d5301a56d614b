// The disk that images are on, as far as it can be seen from here. Blocks for a moment, as files
// do.
#pragma once

#include <optional>
#include <string>

#include "agent/disk_space.h"

namespace kip::agent {

// A folder on that disk; "" where none is known. `store` is where the runtime has its images, as
// the node names it. On the node itself, or mounted, it is there to look at. A pod that has only
// the runtime's socket sees another way: its root is an overlay that the runtime made on the same
// disk, and such a file system tells of the disk that it writes to, also where it is mounted to be
// read only.
std::string folder_on_disk_of(const std::string& store);

// Nothing: it cannot be seen.
std::optional<Filesystem> filesystem_of(const std::string& folder);

}  // namespace kip::agent
