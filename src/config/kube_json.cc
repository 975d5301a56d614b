#include "config/kube_json.h"

#include <array>
#include <string>
#include <string_view>

#include "base/text.h"
#include "config/json_value.h"
#include "types/dns_name.h"

namespace kip::config {

namespace {

constexpr std::array<std::string_view, 4> text_fields{"key", "operator", "value", "effect"};
constexpr std::string_view seconds_field = "tolerationSeconds";
constexpr std::array<std::string_view, 3> effects{"NoSchedule", "PreferNoSchedule", "NoExecute"};
// Lt and Gt came with Kubernetes 1.35; an older API server says so itself.
constexpr std::array<std::string_view, 4> operators{"Exists", "Equal", "Lt", "Gt"};

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& words, std::string_view text) {
  for (const auto word : words)
    if (word == text) return true;
  return false;
}

Error refused(const std::string& place, const std::string& found, const std::string& expected) {
  return permanent("at " + place + ": " + found + "; expected " + expected);
}

// Names and types of the members; null is as good as absent, as everywhere in the API.
Status check_shape(const json& toleration, const std::string& place) {
  if (!toleration.is_object())
    return refused(place, "found " + std::string(json_type_name(toleration)),
                   "an object such as {\"key\":\"gpu\",\"operator\":\"Exists\"}");
  for (const auto& [name, value] : toleration.items()) {
    const std::string there = place + "/" + name.substr(0, 40);
    const std::string found = "found " + std::string(json_type_name(value));
    if (is_one_of(text_fields, name)) {
      if (!value.is_string() && !value.is_null())
        return refused(there, found, "a string in double quotes");
    } else if (name == seconds_field) {
      if (!value.is_number_integer() && !value.is_null())
        return refused(there, found, "a whole number of seconds");
    } else {
      return refused(place, kip::quoted(name) + " is not a field of a toleration",
                     "key, operator, value, effect or tolerationSeconds");
    }
  }
  return Done{};
}

// `place` is the JSON Pointer to the toleration, for messages. The rules:
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#scheduling
Status check_toleration(const json& toleration, const std::string& place) {
  if (auto good = check_shape(toleration, place); !good) return good;
  const auto key = string_at(toleration, "/key"), value = string_at(toleration, "/value");
  const auto op = string_at(toleration, "/operator"), effect = string_at(toleration, "/effect");
  if (!op.empty() && !is_one_of(operators, op))
    return refused(place + "/operator", "found " + kip::quoted(op), "Exists or Equal");
  if (!effect.empty() && !is_one_of(effects, effect))
    return refused(place + "/effect", "found " + kip::quoted(effect),
                   "NoSchedule, PreferNoSchedule or NoExecute");
  if (key.empty() && op != "Exists")
    return refused(place, "no key with operator " + kip::quoted(op),
                   "a key, or the operator Exists, which then tolerates every taint");
  if (!key.empty())
    if (auto good = types::check_qualified_name(key); !good)
      return refused(place + "/key", good.error().message, "the key of a taint");
  if (op == "Exists" && !value.empty())
    return refused(place + "/value", "found " + kip::quoted(value),
                   "no value with the operator Exists");
  if (auto good = types::check_label_value(value); !good)
    return refused(place + "/value", good.error().message, "the value of a taint");
  if (has(toleration, std::string("/") + std::string(seconds_field)) && effect != "NoExecute")
    return refused(place + "/effect", "found " + kip::quoted(effect),
                   "NoExecute where tolerationSeconds is set");
  return Done{};
}

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
    const std::string lower = lowered(key);  // the API server checks annotation keys so
    if (auto good = types::check_qualified_name(lower); !good)
      return permanent("the key " + good.error().message);
    if (lower.starts_with(image_record_prefix))
      return permanent("the key " + kip::quoted(key) +
                       " is written by this program; expected annotations of your own");
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
