#include "base/environment.h"

#include <string_view>

#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"

namespace kip {

Environment process_environment() {
  Environment result;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : std::string(trimmed(found->second));
}

std::string machine_name() {
  utsname found{};
  return uname(&found) == 0 ? found.machine : "";
}

}  // namespace kip
