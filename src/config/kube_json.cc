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

// The value if it is of the wanted type; `otherwise` for null.
Result<json> of_type(const json& value, const json& otherwise, const std::string& expected) {
  if (value.is_null()) return otherwise;
  if (value.type() != otherwise.type())
    return permanent("found " + std::string(json_type_name(value)) + " " +
                     kip::quoted(to_text(value), 40) + ", expected " + expected);
  return value;
}

Result<json> string_map_of(const json& value, const std::string& expected) {
  auto map = of_type(value, json::object(), expected);
  if (!map) return map;
  for (const auto& [key, member] : map->items()) {
    if (member.is_string()) continue;
    // The usual mistake is {"ssd": true}.
    return permanent("the value of " + kip::quoted(key) + " is " + json_type_name(member) + ", " +
                     kip::quoted(to_text(member), 40) + ", expected a string in double quotes");
  }
  return map;
}

}  // namespace

Result<json> node_selector_of(const json& value) {
  auto map = string_map_of(value, "an object of strings, such as {\"disk\":\"ssd\"}");
  if (!map) return map;
  for (const auto& [key, member] : map->items()) {
    if (auto good = types::check_qualified_name(key); !good)
      return permanent("the key " + good.error().message);
    if (auto good = types::check_label_value(member.get_ref<const std::string&>()); !good)
      return permanent("the value of " + kip::quoted(key) + ", " + good.error().message);
  }
  return map;
}

Result<json> annotations_of(const json& value) {
  auto map = string_map_of(value, "an object of strings, such as {\"team\":\"web\"}");
  if (!map) return map;
  std::size_t bytes = 0;
  for (const auto& [key, member] : map->items()) {
    std::string lower = key;  // the API server checks annotation keys in lower case
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (auto good = types::check_qualified_name(lower); !good)
      return permanent("the key " + good.error().message);
    bytes += key.size() + member.get_ref<const std::string&>().size();
  }
  if (bytes > max_annotation_bytes)
    return permanent("keys and values have " + std::to_string(bytes) +
                     " bytes together, expected at most " + std::to_string(max_annotation_bytes));
  return map;
}

Result<json> affinity_of(const json& value) {
  return of_type(value, json::object(),
                 "an object with nodeAffinity, podAffinity or podAntiAffinity");
}

Result<json> tolerations_of(const json& value) {
  auto list = of_type(value, json::array(),
                      "an array of objects, such as [{\"key\":\"gpu\",\"operator\":\"Exists\"}]");
  if (!list) return list;
  for (std::size_t i = 0; i < list->size(); ++i)
    if (auto good = check_toleration((*list)[i], "/" + std::to_string(i)); !good)
      return good.error();
  return list;
}

}  // namespace kip::config
