#include "config/lists.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "config/json_value.h"
#include "types/dns_name.h"
#include "types/image_reference.h"

namespace kip::config {

namespace {

Status add_secret(std::string_view text, std::size_t entry, const char* hint,
                  std::vector<std::string>& names) {
  const auto name = trimmed(text);
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return Done{};
  if (auto good = types::check_dns_subdomain(name); !good)
    return permanent("entry " + std::to_string(entry) + ": " + good.error().message + hint);
  names.emplace_back(name);
  return Done{};
}

}  // namespace

Result<std::vector<std::string>> parse_secret_names(std::string_view text) {
  std::vector<std::string> names;
  std::size_t start = 0;
  for (std::size_t entry = 1; start <= text.size(); ++entry) {
    const auto end = std::min(text.find(';', start), text.size());
    auto added = add_secret(text.substr(start, end - start), entry,
                            " (names of Secrets, separated by \";\")", names);
    if (!added) return added.error();
    start = end + 1;
  }
  return names;
}

Result<std::vector<std::string>> secret_names_of(const json& list) {
  if (!list.is_array()) return permanent(kip::quoted(to_text(list), 60) + "; expected a list");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string entry = "entry " + std::to_string(i + 1);
    if (!list[i].is_string())
      return permanent(entry + " is " + json_type_name(list[i]) +
                       ", expected the name of a Secret");
    auto added = add_secret(list[i].get_ref<const std::string&>(), i + 1, "", names);
    if (!added) return added.error();
  }
  return names;
}

// Of `host` or `host:port`.
bool has_port_of_a_server(const std::string& registry) {
  const auto colon = registry.find(':');
  if (colon == std::string::npos) return true;
  const char* const end = registry.data() + registry.size();
  unsigned port = 0;
  const auto [stop, failed] = std::from_chars(registry.data() + colon + 1, end, port);
  return failed == std::errc() && stop == end && port >= 1 && port <= 65535;
}

Result<std::vector<std::string>> parse_registries(std::string_view text) {
  std::vector<std::string> registries;
  std::string list(text);
  std::replace_if(
      list.begin(), list.end(), [](char c) { return c == ',' || c == ' '; }, ';');
  for (const auto& entry : split(list, ';')) {
    const auto image = types::parse_image_reference(entry + "/image");
    if (!image || image->domain != entry || !has_port_of_a_server(entry))
      return permanent(kip::quoted(entry) +
                       " is not a registry; expected host[:port], such as registry.local:5000");
    registries.push_back(entry);
  }
  return registries;
}

Result<std::vector<std::string>> command_of(const json& value) {
  constexpr auto expected = "expected an array of strings, such as [\"/bin/cp\",\"a\",\"b\"]";
  if (!value.is_array())
    return permanent("found " + std::string(json_type_name(value)) + ", " + expected);
  std::vector<std::string> command;
  for (const auto& word : value) {
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

}  // namespace kip::config
