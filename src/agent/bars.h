// Progress as lines for a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/output.h"

namespace kip::agent {

// Each of less than `width` columns, in ASCII: the images under way, some ten of them at the most,
// then all together with rate and time left.
//   quay.io/eclipse/che:next   [=====>    ] 12 MiB of 30 MiB
//   3 of 20 images             [==>       ] 120 MiB of 600 MiB, 12 MiB/s, 40s left
std::vector<std::string> bars(const TotalProgress& progress, std::size_t width);

}  // namespace kip::agent
