// The small lists among the settings. Pure; any thread may call them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace kip::config {

// IMAGE_PULL_SECRETS: `a;b;`, names of Secrets, or an array of them. Spaces around a name are
// dropped, and so are empty entries and repeated names.
Result<std::vector<std::string>> parse_secret_names(std::string_view text);
Result<std::vector<std::string>> secret_names_of(const json& list);

// INSECURE_REGISTRIES: `a:5000;b`, as the names of their images begin. Commas and spaces separate
// as well.
Result<std::vector<std::string>> parse_registries(std::string_view text);

// KIP_INSTALL_COMMAND: an array of strings, the first not empty.
Result<std::vector<std::string>> command_of(const json& value);

}  // namespace kip::config
