#include "base/json.h"

namespace kip {

json parse_json(std::string_view text) { return json::parse(text, nullptr, false); }

json parse_json_without(std::string_view key, int depth, std::string_view text) {
  const auto is_wanted = [&](int level, json::parse_event_t event, const json& parsed) {
    return level != depth || event != json::parse_event_t::key || parsed != key;
  };
  return json::parse(text, is_wanted, false);
}

const json& at(const json& root, std::string_view path) {
  static const json absent;
  const json* here = &root;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    if (!here->is_object()) return absent;
    const auto found = here->find(path.substr(0, end));
    if (found == here->end()) return absent;
    here = &*found;
    path.remove_prefix(end);
  }
  return *here;
}

std::string string_at(const json& root, std::string_view path) {
  const json& value = at(root, path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::int64_t int_at(const json& root, std::string_view path) {
  const json& value = at(root, path);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool has(const json& root, std::string_view path) { return !at(root, path).is_null(); }

const json& array_at(const json& root, std::string_view path) {
  static const json empty = json::array();
  const json& value = at(root, path);
  return value.is_array() ? value : empty;
}

const json& object_at(const json& root, std::string_view path) {
  static const json empty = json::object();
  const json& value = at(root, path);
  return value.is_object() ? value : empty;
}

std::string to_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

const char* json_type_name(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::null:
      return "null";
    default:
      return "a number";
  }
}

}  // namespace kip
