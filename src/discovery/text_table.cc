#include "discovery/text_table.h"

#include <algorithm>

#include "base/text.h"

namespace kip::discovery {

namespace {

constexpr std::size_t gap = 3;        // kubectl's
constexpr std::size_t longest = 512;  // any image reference is shorter

// The API server takes anything as an image. What could drive a terminal, or looks like a row of
// its own, is quoted.
std::string shown(const std::string& cell) {
  std::string safe = quoted(cell, longest);
  return safe == '"' + cell + '"' ? cell : safe;
}

}  // namespace

std::string text_table(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows)
    for (auto& cell : row) cell = shown(cell);
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      text += row[i] + std::string(widths[i] - row[i].size() + gap, ' ');
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace kip::discovery
