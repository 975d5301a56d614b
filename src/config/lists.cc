#include "config/lists.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "config/json_value.h"
#include "types/dns_name.h"

namespace kip::config {

Result<std::vector<std::string>> parse_secret_names(std::string_view text) {
  std::vector<std::string> names;
  std::size_t start = 0;
  for (std::size_t entry = 1; start <= text.size(); ++entry) {
    const auto end = std::min(text.find(';', start), text.size());
    const auto name = trimmed(text.substr(start, end - start));
    start = end + 1;
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (auto good = types::check_dns_subdomain(name); !good)
      return permanent("entry " + std::to_string(entry) + ": " + good.error().message +
                       " (names of Secrets, separated by \";\")");
    names.emplace_back(name);
  }
  return names;
}

Result<std::vector<std::string>> parse_command(std::string_view text) {
  constexpr auto expected = "expected an array of strings, such as [\"/bin/cp\",\"a\",\"b\"]";
  const auto parsed = parse_json_text(text);
  if (!parsed) return parsed.error();
  if (!parsed->is_array())
    return permanent("found " + std::string(json_type_name(*parsed)) + ", " + expected);
  std::vector<std::string> command;
  for (const auto& word : *parsed) {
    if (!word.is_string())
      return permanent("element " + std::to_string(command.size()) + " is " + json_type_name(word) +
                       ", " + expected);
    command.push_back(word.get<std::string>());
  }
  if (command.empty()) return permanent(std::string("the array is empty, ") + expected);
  if (command.front().empty())
    return permanent("element 0 is an empty string, expected the path of a program");
  return command;
}

Result<std::string> parse_node_count(std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto digits = text.substr(0, text.size() - (percent ? 1 : 0));
  std::int32_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc{} || end != digits.data() + digits.size() || value < 1 ||
      (percent && value > 100))
    return permanent(quoted(text) +
                     " is not a number of nodes; expected a whole number from 1 to 2147483647, or "
                     "a percentage from 1% to 100%");
  return std::to_string(value) + (percent ? "%" : "");
}

}  // namespace kip::config
