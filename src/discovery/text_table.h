// Tables as kubectl prints them. Pure.
#pragma once

#include <string>
#include <vector>

namespace kip::discovery {

// A line for each row, its columns aligned; all rows have as many as the first, which is the
// header. The last column is not padded. Cells with control characters are quoted.
std::string text_table(std::vector<std::vector<std::string>> rows);

}  // namespace kip::discovery
