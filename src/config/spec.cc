#include "config/spec.h"

#include "base/text.h"
#include "config/settings_table.h"

namespace kip::config {

namespace {

// Bytes of a spec as JSON. A DaemonSet may have 1 MiB (settings.cc): 600 images whose references
// are as long as a registry takes them, which are 180 KiB here. The API server stores 1.5 MiB, and
// with some hundred such specs one tenant would take the operator's memory from all.
constexpr std::size_t max_spec = 256 << 10;

// What the Go operator writes into each spec, and means nothing.
bool is_nothing(std::string_view text) {
  text = trimmed(text);
  return text.empty() || text == "{}" || text == "[]";
}

std::string text_of(const json& value) {
  if (value.is_null()) return {};
  // A number or a boolean is as good as its text: maxNodesPulling may be 50.
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

std::optional<Given> given_in(const json& spec, const SettingInfo& info) {
  if (info.field.empty() && info.structured_field.empty()) return std::nullopt;
  Given given{.name = "spec." + (info.field.empty() ? info.structured_field : info.field)};
  if (!info.field.empty()) given.text = text_of(at(spec, "/" + info.field));
  if (info.structured_field.empty() || !has(spec, "/" + info.structured_field)) return given;
  if (!is_nothing(given.text))
    given.problems.push_back(error(given.name + " is set, too: " + kip::quoted(given.text, 60) +
                                   "; expected one of them"));
  given.name = "spec." + info.structured_field;
  given.value = &at(spec, "/" + info.structured_field);
  return given;
}

}  // namespace

Reading read_spec(const json& spec, const std::string& namespace_name) {
  const std::size_t size = to_text(spec).size();
  if (size > max_spec)
    return {{},
            {{Problem::Severity::error, "spec",
              "it has " + std::to_string(size) + " bytes as JSON; expected at most " +
                  std::to_string(max_spec) + ", as a DaemonSet that can be stored needs less"}}};
  return read_from([&](const SettingInfo& info) { return given_in(spec, info); }, namespace_name);
}

}  // namespace kip::config
