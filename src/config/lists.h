// The small lists among the settings. Pure; any thread may call them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "config/settings.h"

namespace kip::config {

struct PullSecrets {
  std::vector<std::string> names;    // of entries without a prefix
  std::vector<ScopedSecret> scoped;  // of those with one
};

// IMAGE_PULL_SECRETS: `a;registry.example.com/team=b;`, names of Secrets, or an array of such
// entries. An entry with a prefix is for images whose names begin so. Spaces around a name and a
// prefix are dropped, and so are empty entries and repeated ones.
Result<PullSecrets> parse_pull_secrets(std::string_view text);
Result<PullSecrets> pull_secrets_of(const json& list);

// INSECURE_REGISTRIES: `a:5000;b`, as the names of their images begin. Commas and spaces separate
// as well.
Result<std::vector<std::string>> parse_registries(std::string_view text);

// KIP_INSTALL_COMMAND: an array of strings, the first not empty.
Result<std::vector<std::string>> command_of(const json& value);

}  // namespace kip::config
