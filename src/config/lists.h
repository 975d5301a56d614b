// The small lists among the settings. Pure; any thread may call them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kip::config {

// IMAGE_PULL_SECRETS: `a;b;`, names of Secrets. Spaces around a name are dropped, and so are empty
// entries and repeated names.
Result<std::vector<std::string>> parse_secret_names(std::string_view text);

// KIP_INSTALL_COMMAND: a JSON array of strings, the first not empty.
Result<std::vector<std::string>> parse_command(std::string_view text);

}  // namespace kip::config
