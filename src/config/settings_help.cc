// The table of settings, as data, for --help and for the pages.
#include <algorithm>

#include "base/json.h"
#include "config/settings_table.h"

namespace kip::config {

namespace {

constexpr std::size_t page_width = 100;
constexpr std::size_t indent = 6;  // of what explains a setting

// Adds `words` in lines of at most page_width columns.
void append_wrapped(std::string& out, std::string_view words) {
  std::size_t column = page_width + 1;  // before the first word: no line yet
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (column + 1 + word.size() > page_width) {
      if (column <= page_width) out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

std::string code(const std::string& text) {  // as Markdown
  return text.empty() ? "" : "`" + text + "`";
}

}  // namespace

const std::vector<SettingInfo>& setting_infos() {
  static const std::vector<SettingInfo> infos = [] {
    std::vector<SettingInfo> out;
    for (const auto& setting : settings_table()) out.push_back(setting.info);
    return out;
  }();
  return infos;
}

std::string settings_help() {
  std::string out;
  for (const auto& info : setting_infos()) {
    out +=
        "  " + info.name + "=" + info.default_value + (info.required ? " (required)" : "") + "\n";
    append_wrapped(out, info.help + " Format: " + info.format);
  }
  return out;
}

std::string settings_markdown() {
  std::string out = "| variable | default | format | what it is |\n|---|---|---|---|\n";
  for (const auto& info : setting_infos())
    out += "| " + code(info.name) + " | " +
           (info.required ? "required" : code(info.default_value)) + " | " + info.format + " | " +
           info.help + " |\n";
  return out;
}

std::string settings_json() {
  json out = json::array();
  for (const auto& info : setting_infos())
    out.push_back({{"variable", info.name},
                   {"chartValue", info.chart_value},
                   {"field", info.field},
                   {"structuredField", info.structured_field},
                   {"default", info.default_value},
                   {"format", info.format}});
  return out.dump(1) + "\n";
}

}  // namespace kip::config
