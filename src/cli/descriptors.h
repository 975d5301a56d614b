// How many files and connections the process may have open.
#pragma once

namespace kip::cli {

// Raises the soft limit (RLIMIT_NOFILE) to the hard one. Containers get a soft limit of 1,024 from
// containerd 2, which is kept low for programs that use select(2): this one does not.
void raise_descriptor_limit();

}  // namespace kip::cli
