// Environment variables, and the one place that reads the process's own.
#pragma once

#include <map>
#include <string>

namespace kip {

using Environment = std::map<std::string, std::string>;

Environment process_environment();

}  // namespace kip
