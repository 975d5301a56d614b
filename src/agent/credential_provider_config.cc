#include "agent/credential_provider_config.h"

#include <algorithm>
#include <initializer_list>

#include "agent/credential_provider_response.h"
#include "base/text.h"

namespace kip::agent {

namespace {

constexpr const char* config_api = "kubelet.config.k8s.io/v1";

class Reader {
 public:
  Reader(CredentialProviderConfig& config, std::string origin)
      : config_(config), where_(std::move(origin)) {}

  void read(const json& file);

 private:
  void read_provider(const json& entry, const std::string& place);
  void read_name(const json& entry, CredentialProvider& provider);
  void read_match_images(const json& entry, CredentialProvider& provider);
  void read_cache_duration(const json& entry, CredentialProvider& provider);
  void read_args(const json& entry, CredentialProvider& provider);
  void read_env(const json& entry, CredentialProvider& provider);

  void problem(const std::string& what) { config_.problems.push_back(where_ + ": " + what); }
  // As the kubelet, which decodes strictly: what nobody reads is rather a mistake.
  void refuse_others(const json& entry, const std::string& what,
                     std::initializer_list<std::string_view> known);
  // The list at `field`; an empty one where there is none, and where it is a problem.
  const json& list(const json& entry, const char* field, const char* expected);
  // "" where it is a problem.
  std::string text(const json& value, const std::string& what, const char* expected);
  void expect(const json& entry, const char* field, const char* expected);

  CredentialProviderConfig& config_;
  std::string where_;
};

void Reader::refuse_others(const json& entry, const std::string& what,
                           std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : entry.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      problem(what + kip::quoted(key) + " is not a field; expected one of " +
              joined({known.begin(), known.end()}));
}

const json& Reader::list(const json& entry, const char* field, const char* expected) {
  const auto found = entry.find(field);
  if (found != entry.end() && !found->is_array() && !found->is_null())
    problem(std::string(field) + " is " + json_type_name(*found) + "; expected " + expected);
  return array_at(entry, "/" + std::string(field));
}

std::string Reader::text(const json& value, const std::string& what, const char* expected) {
  if (!value.is_string()) {
    problem(what + " is " + json_type_name(value) + "; expected " + expected);
    return "";
  }
  auto text = value.get<std::string>();
  if (text.find('\0') == std::string::npos) return text;
  problem(what + " holds a zero byte, which no program can be given");
  return "";
}

void Reader::expect(const json& entry, const char* field, const char* expected) {
  const auto found = entry.find(field);
  if (found == entry.end() || found->is_null()) {
    problem(std::string(field) + " is missing; expected " + expected);
  } else if (!found->is_string()) {
    problem(std::string(field) + " is " + json_type_name(*found) + "; expected " + expected);
  } else if (const auto text = string_at(entry, "/" + std::string(field)); text != expected) {
    problem(std::string(field) + " is " + kip::quoted(text) + "; expected " + expected);
  }
}

void Reader::read(const json& file) {
  if (!file.is_object())
    return problem(std::string("the file is ") + json_type_name(file) +
                   "; expected a CredentialProviderConfig of the kubelet");
  expect(file, "kind", "CredentialProviderConfig");
  expect(file, "apiVersion", config_api);
  refuse_others(file, "", {"kind", "apiVersion", "providers"});
  const auto& providers = list(file, "providers", "a list of providers");
  if (providers.empty() && (!has(file, "/providers") || file["providers"].is_array()))
    problem("providers is empty; expected at least one");
  const std::string file_name = where_;
  for (std::size_t i = 0; i < providers.size(); ++i) {
    read_provider(providers[i], file_name + ": providers[" + std::to_string(i) + "]");
    where_ = file_name;
  }
}

void Reader::read_provider(const json& entry, const std::string& place) {
  const auto name = string_at(entry, "/name");
  where_ = place + (name.empty() ? "" : " " + kip::quoted(name));
  if (!entry.is_object())
    return problem(std::string("it is ") + json_type_name(entry) + "; expected an object");
  CredentialProvider provider;
  read_name(entry, provider);
  expect(entry, "apiVersion", credential_provider_api);
  read_match_images(entry, provider);
  read_cache_duration(entry, provider);
  read_args(entry, provider);
  read_env(entry, provider);
  if (has(entry, "/tokenAttributes"))
    problem(
        "tokenAttributes asks for the token of a pod's service account, and images are pulled here "
        "before there is a pod; expected a provider without it");
  refuse_others(entry, "",
                {"name", "matchImages", "defaultCacheDuration", "apiVersion", "args", "env",
                 "tokenAttributes"});
  config_.providers.push_back(std::move(provider));
}

void Reader::read_name(const json& entry, CredentialProvider& provider) {
  constexpr const char* expected = "the name of a program in the folder of plugins";
  if (!has(entry, "/name")) return problem(std::string("name is missing; expected ") + expected);
  const auto before = config_.problems.size();
  provider.name = text(entry["name"], "name", expected);
  if (config_.problems.size() > before) return;
  if (provider.name.empty() || provider.name == "." || provider.name == ".." ||
      provider.name.find_first_of("/\\ ") != std::string::npos)
    return problem("name is " + kip::quoted(provider.name) + "; expected " + expected +
                   ", without slashes and spaces");
  const auto same = [&](const auto& other) { return other.name == provider.name; };
  if (std::any_of(config_.providers.begin(), config_.providers.end(), same))
    problem("name is that of a provider before it; expected each once");
}

void Reader::read_match_images(const json& entry, CredentialProvider& provider) {
  const auto& patterns = list(entry, "matchImages", "a list of texts");
  if (patterns.empty() && (!has(entry, "/matchImages") || entry["matchImages"].is_array()))
    problem("matchImages is empty; expected at least one, such as *.example.com");
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::string what = "matchImages[" + std::to_string(i) + "]";
    const auto before = config_.problems.size();
    const auto written = text(patterns[i], what, "host[:port][/path]");
    if (config_.problems.size() > before) continue;
    auto pattern = types::parse_image_pattern(written);
    if (pattern)
      provider.match_images.push_back(*std::move(pattern));
    else
      problem(what + ": " + pattern.error().message);
  }
}

void Reader::read_cache_duration(const json& entry, CredentialProvider& provider) {
  constexpr const char* expected = "a duration such as 10m, or 0s";
  if (!has(entry, "/defaultCacheDuration"))
    return problem(std::string("defaultCacheDuration is missing; expected ") + expected);
  const auto& value = entry["defaultCacheDuration"];
  if (!value.is_string())
    return problem(std::string("defaultCacheDuration is ") + json_type_name(value) + "; expected " +
                   expected);
  const auto duration = parse_go_duration(value.get<std::string>());
  if (!duration) return problem("defaultCacheDuration: " + duration.error().message);
  if (*duration < Duration::zero())
    return problem("defaultCacheDuration is " + kip::quoted(value.get<std::string>()) +
                   ", which is negative; expected " + expected);
  provider.default_cache_duration = *duration;
}

void Reader::read_args(const json& entry, CredentialProvider& provider) {
  const auto& args = list(entry, "args", "a list of texts");
  for (std::size_t i = 0; i < args.size(); ++i)
    provider.args.push_back(text(args[i], "args[" + std::to_string(i) + "]", "a text"));
}

void Reader::read_env(const json& entry, CredentialProvider& provider) {
  const auto& variables = list(entry, "env", "a list of name and value");
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto& variable = variables[i];
    const std::string what = "env[" + std::to_string(i) + "]";
    if (!variable.is_object()) {
      problem(what + " is " + json_type_name(variable) + "; expected name and value");
      continue;
    }
    refuse_others(variable, what + ": ", {"name", "value"});
    const auto name = text(at(variable, "/name"), what + ": name", "a text");
    const auto value = has(variable, "/value") ? text(variable["value"], what + ": value", "a text")
                                               : std::string();
    if (at(variable, "/name").is_string() && (name.empty() || name.find('=') != std::string::npos))
      problem(what + ": name is " + kip::quoted(name) + "; expected the name of a variable");
    // As for the kubelet, the last one counts.
    std::erase_if(provider.env, [&](const auto& other) { return other.first == name; });
    provider.env.emplace_back(name, value);
  }
}

}  // namespace

bool CredentialProvider::matches(const types::ImageReference& image) const {
  return std::any_of(match_images.begin(), match_images.end(),
                     [&](const auto& pattern) { return pattern.matches(image); });
}

void add_credential_providers(CredentialProviderConfig& config, const json& file,
                              const std::string& origin) {
  Reader(config, origin).read(file);
}

}  // namespace kip::agent
