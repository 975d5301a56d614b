#include "config/placement.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/kube_json.h"

namespace kip::config {

namespace {

constexpr const char *selector_key = "nodeSelector", *terms_key = "nodeSelectorTerms",
                     *tolerations_key = "tolerations";

// Names and types alone: the operators are the API server's to judge, so that new ones can be used.
bool is_requirement(const json& value) {
  if (!value.is_object() || string_at(value, "/key").empty() ||
      string_at(value, "/operator").empty())
    return false;
  for (const auto& each : array_at(value, "/values"))
    if (!each.is_string()) return false;
  return !has(value, "/values") || at(value, "/values").is_array();
}

bool is_term(const json& value) {
  if (!value.is_object()) return false;
  for (const auto& [key, list] : value.items()) {
    if ((key != "matchExpressions" && key != "matchFields") || !list.is_array()) return false;
    for (const auto& each : list)
      if (!is_requirement(each)) return false;
  }
  return true;
}

Result<json> node_terms_of(const json& value) {
  if (!value.is_array()) return permanent("expected a list of core/v1 NodeSelectorTerm");
  for (const auto& term : value)
    if (!is_term(term))
      return permanent("found " + kip::quoted(to_text(term)) +
                       "; expected a core/v1 NodeSelectorTerm");
  return value;
}

Status put(const char* key, Result<json> part, json& member) {
  if (!part) return permanent(std::string(key) + ": " + part.error().message);
  member = std::move(*part);
  return Done{};
}

}  // namespace

json placement_json(const Placement& placement) {
  json out = json::object();
  if (!placement.node_selector.empty()) out[selector_key] = placement.node_selector;
  if (!placement.node_terms.empty()) out[terms_key] = placement.node_terms;
  if (!placement.tolerations.empty()) out[tolerations_key] = placement.tolerations;
  return out;
}

std::string text_of(const Placement& placement) { return to_text(placement_json(placement)); }

std::set<std::string> most_used(const std::map<std::string, std::size_t>& counts,
                                std::size_t most) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  ranked.reserve(counts.size());
  for (const auto& [text, count] : counts) ranked.emplace_back(count, text);
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (ranked.size() > most) ranked.resize(most);
  std::set<std::string> texts;
  for (auto& [count, text] : ranked) texts.insert(std::move(text));
  return texts;
}

Status check_size(const Placement& placement) {
  const std::size_t bytes = text_of(placement).size();
  if (bytes <= longest_placement) return Done{};
  return permanent("its selectors and tolerations have " + std::to_string(bytes) +
                   " bytes, which would be in each pod; expected at most " +
                   std::to_string(longest_placement));
}

Result<Placement> read_placement(const json& value) {
  if (!value.is_object())
    return permanent("found " + std::string(json_type_name(value)) + "; expected an object");
  Placement placement;
  for (const auto& [key, part] : value.items()) {
    Status good = Done{};
    if (key == selector_key)
      good = put(selector_key, node_selector_of(part), placement.node_selector);
    else if (key == terms_key)
      good = put(terms_key, node_terms_of(part), placement.node_terms);
    else if (key == tolerations_key)
      good = put(tolerations_key, tolerations_of(part), placement.tolerations);
    else
      good = permanent(kip::quoted(key) + " is not known; expected " + selector_key + ", " +
                       terms_key + " or " + tolerations_key);
    if (!good) return good.error();
  }
  return placement;
}

}  // namespace kip::config
