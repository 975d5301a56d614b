// Where the results of a run are left for others to read.
#pragma once

#include <string>

namespace kip::agent {

// Leaves the termination message at `path`; empty: where a container has its place for it, or
// nowhere. A file that cannot be written is a warning. Blocks, as files do.
void leave_report(std::string path, const std::string& message);

}  // namespace kip::agent
