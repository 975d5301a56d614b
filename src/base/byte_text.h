// Numbers of bytes for people. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace kip {

// "0 B", "999 B", "1.5 KiB", "12 MiB", "3.1 GiB": two digits at the least.
std::string byte_text(std::uint64_t bytes);

}  // namespace kip
