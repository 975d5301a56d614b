// The small lists and numbers among the settings. Pure; any thread may call them.
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

// MAX_NODES_PULLING: an integer from 1, or `1%` to `100%`; answered without sign and leading zeros,
// in the form that a DaemonSet's maxSurge takes (int32, or a percentage).
Result<std::string> parse_node_count(std::string_view text);

}  // namespace kip::config
