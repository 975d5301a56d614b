#include "config/kube_json.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/text.h"
#include "config/json_value.h"
#include "config/tolerations.h"
#include "types/dns_name.h"

namespace kip::config {

namespace {

// The value of `text` if it is of the wanted type; `otherwise` for null.
Result<json> parse_as(std::string_view text, const json& otherwise, const std::string& expected) {
  auto value = parse_json_text(text);
  if (!value) return value;
  if (value->is_null()) return otherwise;
  if (value->type() != otherwise.type())
    return permanent("found " + std::string(json_type_name(*value)) + " " +
                     kip::quoted(to_text(*value), 40) + ", expected " + expected);
  return value;
}

Result<json> parse_string_map(std::string_view text, const std::string& expected) {
  auto map = parse_as(text, json::object(), expected);
  if (!map) return map;
  for (const auto& [key, value] : map->items()) {
    if (value.is_string()) continue;
    // The usual mistake is {"ssd": true}.
    return permanent("the value of " + kip::quoted(key) + " is " + json_type_name(value) + ", " +
                     kip::quoted(to_text(value), 40) + ", expected a string in double quotes");
  }
  return map;
}

}  // namespace

Result<json> parse_node_selector(std::string_view text) {
  auto map = parse_string_map(text, "an object of strings, such as {\"disk\":\"ssd\"}");
  if (!map) return map;
  for (const auto& [key, value] : map->items()) {
    if (auto good = types::check_qualified_name(key); !good)
      return permanent("the key " + good.error().message);
    if (auto good = types::check_label_value(value.get_ref<const std::string&>()); !good)
      return permanent("the value of " + kip::quoted(key) + ", " + good.error().message);
  }
  return map;
}

Result<json> parse_annotations(std::string_view text) {
  auto map = parse_string_map(text, "an object of strings, such as {\"team\":\"web\"}");
  if (!map) return map;
  std::size_t bytes = 0;
  for (const auto& [key, value] : map->items()) {
    std::string lower = key;  // the API server checks annotation keys in lower case
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (auto good = types::check_qualified_name(lower); !good)
      return permanent("the key " + good.error().message);
    bytes += key.size() + value.get_ref<const std::string&>().size();
  }
  if (bytes > max_annotation_bytes)
    return permanent("keys and values have " + std::to_string(bytes) +
                     " bytes together, expected at most " + std::to_string(max_annotation_bytes));
  return map;
}

Result<json> parse_affinity(std::string_view text) {
  return parse_as(text, json::object(),
                  "an object with nodeAffinity, podAffinity or podAntiAffinity");
}

Result<json> parse_tolerations(std::string_view text) {
  auto list = parse_as(text, json::array(),
                       "an array of objects, such as [{\"key\":\"gpu\",\"operator\":\"Exists\"}]");
  if (!list) return list;
  for (std::size_t i = 0; i < list->size(); ++i)
    if (auto good = check_toleration((*list)[i], "/" + std::to_string(i)); !good)
      return good.error();
  return list;
}

}  // namespace kip::config
