#include "discovery/usage_text.h"

#include <utility>

#include "base/text.h"
#include "discovery/text_table.h"

namespace kip::discovery {

namespace {

std::vector<std::string> row_of(const UsedImage& used) {
  std::vector<std::string> workloads;
  for (const auto& [kind, count] : used.workloads)
    workloads.push_back(kind + " " + std::to_string(count));
  return {used.image, std::to_string(used.pods), std::to_string(used.nodes),
          workloads.empty() ? "-" : joined(workloads)};
}

}  // namespace

std::string usage_table(const std::vector<UsedImage>& images) {
  std::vector<std::vector<std::string>> rows = {{"IMAGE", "PODS", "NODES", "WORKLOADS"}};
  for (const auto& used : images) rows.push_back(row_of(used));
  return text_table(std::move(rows));
}

json usage_json(const UsedImage& used) {
  return {{"image", used.image},
          {"pods", used.pods},
          {"nodes", used.nodes},
          {"workloads", json(used.workloads)}};
}

json usage_json(const std::vector<UsedImage>& images) {
  json list = json::array();
  for (const auto& used : images) list.push_back(usage_json(used));
  return {{"images", std::move(list)}};
}

}  // namespace kip::discovery
