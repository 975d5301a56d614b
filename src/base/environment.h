// Environment variables, and the one place that reads the process's own.
#pragma once

#include <map>
#include <string>

namespace kip {

using Environment = std::map<std::string, std::string>;

Environment process_environment();

// The value without spaces around it; "": there is none.
std::string value_of(const Environment& environment, const std::string& name);

// The hardware, as uname(2) says: "x86_64". "": it does not say.
std::string machine_name();

}  // namespace kip
