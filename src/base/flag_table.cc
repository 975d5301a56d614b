#include "base/flag_table.h"

#include <charconv>

#include "base/text.h"

namespace kip {

Status read_text(const std::string& text, std::string& out) {
  out = text;
  return Done{};
}

Status add_text(const std::string& text, std::vector<std::string>& out) {
  if (!text.empty()) out.push_back(text);
  return Done{};
}

Status read_toggle(const std::string& text, bool& out) {
  const auto value = parse_go_bool(text);
  if (!value) return value.error();
  out = *value;
  return Done{};
}

Status read_duration(const std::string& text, Duration& out) {
  const auto duration = parse_go_duration(text);
  if (!duration) return duration.error();
  if (*duration <= Duration::zero()) return permanent(quoted(text) + "; expected more than 0");
  out = *duration;
  return Done{};
}

std::optional<int> whole_number(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return std::nullopt;
  return number;
}

Status read_whole_number(const std::string& text, int least, int most, int& out) {
  const auto number = whole_number(text, least, most);
  if (!number)
    return permanent(quoted(text) + "; expected a whole number from " + std::to_string(least) +
                     " to " + std::to_string(most));
  out = *number;
  return Done{};
}

Status read_parallelism(const std::string& text, std::size_t& out) {
  constexpr int most = 1000;
  int number = 0;
  auto status = read_whole_number(text, 1, most, number);
  if (status) out = static_cast<std::size_t>(number);
  return status;
}

void refuse_positionals(Arguments& given) {
  for (const auto& each : given.positionals)
    given.problems.push_back(quoted(each) + " is not expected");
}

std::string flag_help(std::string_view name, std::string_view value, std::string_view default_value,
                      std::string_view help) {
  std::string text = "  --" + std::string(name);
  if (!value.empty()) text += " " + std::string(value);
  text += "\n      " + std::string(help);
  if (!default_value.empty()) text += " Default: " + std::string(default_value) + ".";
  return text + "\n";
}

const char* const flag_rows_begin = "| flag | default | what it is |\n|---|---|---|\n";

std::string flag_row(std::string_view name, std::string_view value, std::string_view default_value,
                     std::string_view help) {
  std::string text = "| `--" + std::string(name) + (value.empty() ? "" : " ");
  for (const char c : value) text += c == '|' ? "\\|" : std::string(1, c);  // it would end the cell
  return text + "` | " + std::string(default_value) + " | " + std::string(help) + " |\n";
}

}  // namespace kip
