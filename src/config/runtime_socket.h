// RUNTIME_SOCKET: the path of the container runtime's socket on the nodes. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/settings.h"

namespace kip::config {

// An absolute path, also with unix:// before it. A folder of it may have the node's name in it, as
// $(NODE_NAME): what comes before that is mounted, the rest is a subPathExpr.
Result<RuntimeSocket> parse_runtime_socket(std::string_view text);

}  // namespace kip::config
