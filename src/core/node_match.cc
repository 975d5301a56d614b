#include "core/node_match.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "types/object.h"

namespace kip::core {

namespace {

const json& required_terms(const json& affinity) {
  return array_at(affinity,
                  "/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || stop != end) return std::nullopt;
  return value;
}

// `value` null: the node has no such label or field.
bool meets(const json& requirement, const json& value) {
  const std::string op = string_at(requirement, "/operator");
  const json& values = array_at(requirement, "/values");
  const bool is_there = value.is_string();
  const auto is_one_of_them = [&] {
    return is_there && std::find(values.begin(), values.end(), value) != values.end();
  };
  if (op == "In") return is_one_of_them();
  if (op == "NotIn") return !is_one_of_them();
  if (op == "Exists") return is_there;
  if (op == "DoesNotExist") return !is_there;
  if (op == "Gt" || op == "Lt") {
    if (!is_there || values.size() != 1 || !values[0].is_string()) return false;
    const auto of_node = number(value.get_ref<const std::string&>()),
               bound = number(values[0].get_ref<const std::string&>());
    return of_node && bound && (op == "Gt" ? *of_node > *bound : *of_node < *bound);
  }
  return true;
}

const json& member(const json& object, const std::string& key) {
  static const json none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

bool meets_term(const json& term, const json& labels, const json& name) {
  const json &expressions = array_at(term, "/matchExpressions"),
             &fields = array_at(term, "/matchFields");
  if (expressions.empty() && fields.empty()) return false;  // as the API has it
  return std::all_of(
             expressions.begin(), expressions.end(),
             [&](const json& one) { return meets(one, member(labels, string_at(one, "/key"))); }) &&
         std::all_of(fields.begin(), fields.end(), [&](const json& one) {
           return string_at(one, "/key") != "metadata.name" || meets(one, name);
         });
}

}  // namespace

bool is_selected(const json& node, const json& node_selector, const json& affinity) {
  const json& labels = object_at(node, "/metadata/labels");
  for (const auto& [key, value] : node_selector.items())
    if (member(labels, key) != value) return false;
  const json& terms = required_terms(affinity);
  const json name = object::name(node);
  return terms.empty() || std::any_of(terms.begin(), terms.end(), [&](const json& term) {
           return meets_term(term, labels, name);
         });
}

}  // namespace kip::core
