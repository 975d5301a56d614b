#include <algorithm>

#include "base/text.h"
#include "config/discovery_settings.h"
#include "types/dns_name.h"

namespace kip::config {

namespace {

constexpr const char* form =
    "; expected key=value, key!=value, key in (a,b), key notin (a,b), key "
    "or !key, with commas between";

// Up to the next comma that is outside of parentheses.
std::string_view first_requirement(std::string_view text) {
  bool is_inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') is_inside = true;
    if (text[i] == ')') is_inside = false;
    if (text[i] == ',' && !is_inside) return text.substr(0, i);
  }
  return text;
}

Status check_values(std::string_view list) {
  list = trimmed(list);
  if (!list.starts_with('(') || !list.ends_with(')') || list.size() < 2)
    return permanent(quoted(list, 40) + " is no list of values" + form);
  list = list.substr(1, list.size() - 2);
  for (std::size_t start = 0; start <= list.size();) {
    const auto end = std::min(list.find(',', start), list.size());
    if (auto good = types::check_label_value(trimmed(list.substr(start, end - start))); !good)
      return permanent("the value " + good.error().message);
    start = end + 1;
  }
  return Done{};
}

Status check_requirement(std::string_view text) {
  text = trimmed(text);
  const bool is_absence = text.starts_with('!');
  if (is_absence) text = trimmed(text.substr(1));
  const auto key_end = std::min(text.find_first_of(" \t\r\n=!("), text.size());
  const auto key = text.substr(0, key_end);
  if (key.empty()) return permanent(quoted(text, 40) + " has no key" + form);
  if (auto good = types::check_qualified_name(key); !good)
    return permanent("the key " + good.error().message);
  const auto rest = trimmed(text.substr(key_end));
  if (rest.empty()) return Done{};
  if (is_absence) return permanent(quoted(rest, 40) + " stands behind !" + std::string(key) + form);
  for (const std::string_view word : {"in", "notin"})
    if (rest.starts_with(word) && trimmed(rest.substr(word.size())).starts_with('('))
      return check_values(rest.substr(word.size()));
  for (const std::string_view sign : {"==", "!=", "="})
    if (rest.starts_with(sign)) {
      auto good = types::check_label_value(trimmed(rest.substr(sign.size())));
      return good ? good : permanent("the value " + good.error().message);
    }
  return permanent(quoted(rest, 40) + " stands behind the key " + std::string(key) + form);
}

}  // namespace

Status check_label_selector(std::string_view text) {
  std::size_t start = 0;
  for (int number = 1; start <= text.size(); ++number) {
    const auto requirement = first_requirement(text.substr(start));
    if (auto good = check_requirement(requirement); !good)
      return permanent("requirement " + std::to_string(number) + ": " + good.error().message);
    start += requirement.size() + 1;
  }
  return Done{};
}

}  // namespace kip::config
