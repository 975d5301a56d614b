#include "yaml/to_yaml.h"

#include <algorithm>
#include <cctype>

#include <yaml-cpp/yaml.h>

#include "base/text.h"

namespace kip {

namespace {

// Plain only where no reader of YAML 1.1 or 1.2 can take it for something else than a string (`on`,
// `.2`, `1e3`, `0x1F`, `~`, …): letters first, then what names and images are made of.
bool is_plain(const std::string& text) {
  constexpr const char* safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  static const std::vector<std::string> words = {"y",   "n",    "yes",   "no",  "on",
                                                 "off", "true", "false", "null"};
  if (text.empty() || !std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  if (text.find_first_not_of(safe) != std::string::npos) return false;
  return std::find(words.begin(), words.end(), lowered(text)) == words.end();
}

void emit_string(YAML::Emitter& out, const std::string& text) {
  if (is_plain(text)) {
    out << text;
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

void emit(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, member] : value.items()) {
      out << YAML::Key;
      emit_string(out, key);
      out << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const auto& element : value) emit(out, element);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    emit_string(out, value.get<std::string>());
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();  // a number or a boolean is written alike in both
  }
}

}  // namespace

std::string to_yaml(const json& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string(out.c_str(), out.size()) + "\n";
}

std::string to_yaml_documents(const json& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : "---\n") + to_yaml(value);
  return text;
}

}  // namespace kip
