// Long words of programs in little room. Pure.
#pragma once

#include <cstddef>
#include <string>

namespace kip {

// At most `limit` bytes of well-formed UTF-8: half from each end, with "…" between; what a program
// of Go says has its cause at the end. Nothing where not even "…" has room.
std::string shortened(const std::string& text, std::size_t limit);

}  // namespace kip
