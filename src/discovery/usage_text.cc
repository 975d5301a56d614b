#include "discovery/usage_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace kip::discovery {

namespace {

using Row = std::array<std::string, 4>;
constexpr std::size_t gap = 3;  // kubectl's

Row row_of(const UsedImage& used) {
  std::vector<std::string> workloads;
  for (const auto& [kind, count] : used.workloads)
    workloads.push_back(kind + " " + std::to_string(count));
  return {used.image, std::to_string(used.pods), std::to_string(used.nodes),
          workloads.empty() ? "-" : joined(workloads)};
}

}  // namespace

std::string usage_table(const std::vector<UsedImage>& images) {
  std::vector<Row> rows = {{"IMAGE", "PODS", "NODES", "WORKLOADS"}};
  for (const auto& used : images) rows.push_back(row_of(used));
  std::array<std::size_t, 4> widths{};
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

json usage_json(const std::vector<UsedImage>& images) {
  json list = json::array();
  for (const auto& used : images)
    list.push_back({{"image", used.image},
                    {"pods", used.pods},
                    {"nodes", used.nodes},
                    {"workloads", json(used.workloads)}});
  return {{"images", std::move(list)}};
}

}  // namespace kip::discovery
