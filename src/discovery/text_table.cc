#include "discovery/text_table.h"

#include <algorithm>

namespace kip::discovery {

namespace {

constexpr std::size_t gap = 3;  // kubectl's

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
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
