#include "config/lists.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "config/json_value.h"
#include "types/dns_name.h"
#include "types/image_reference.h"

namespace kip::config {

namespace {

template <class Value>
void add_once(Value value, std::vector<Value>& list) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

Status add_secret(std::string_view text, std::size_t number, const char* hint,
                  PullSecrets& secrets) {
  const auto entry = trimmed(text);
  if (entry.empty()) return Done{};
  const auto refused = [&](const std::string& problem) {
    return permanent("entry " + std::to_string(number) + ": " + problem);
  };
  const auto equals = entry.find('=');
  const bool has_prefix = equals != std::string_view::npos;
  const auto name = has_prefix ? trimmed(entry.substr(equals + 1)) : entry;
  if (has_prefix && name.empty())
    return refused(kip::quoted(entry) +
                   " names no secret; expected prefix=name, such as quay.io/team=name");
  if (auto good = types::check_dns_subdomain(name); !good)
    return refused(good.error().message + hint);
  if (!has_prefix) {
    add_once(std::string(name), secrets.names);
    return Done{};
  }
  auto images = types::parse_image_pattern(trimmed(entry.substr(0, equals)));
  if (!images) return refused("the prefix " + images.error().message);
  add_once(ScopedSecret{*std::move(images), std::string(name)}, secrets.scoped);
  return Done{};
}

}  // namespace

Result<PullSecrets> parse_pull_secrets(std::string_view text) {
  PullSecrets secrets;
  std::size_t start = 0;
  for (std::size_t entry = 1; start <= text.size(); ++entry) {
    const auto end = std::min(text.find(';', start), text.size());
    auto added = add_secret(text.substr(start, end - start), entry,
                            " (names of Secrets, separated by \";\")", secrets);
    if (!added) return added.error();
    start = end + 1;
  }
  return secrets;
}

Result<PullSecrets> pull_secrets_of(const json& list) {
  if (!list.is_array()) return permanent(kip::quoted(to_text(list), 60) + "; expected a list");
  PullSecrets secrets;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_string())
      return permanent("entry " + std::to_string(i + 1) + " is " + json_type_name(list[i]) +
                       ", expected the name of a Secret");
    auto added = add_secret(list[i].get_ref<const std::string&>(), i + 1, "", secrets);
    if (!added) return added.error();
  }
  return secrets;
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
