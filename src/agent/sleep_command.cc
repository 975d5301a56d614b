#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "agent/commands.h"
#include "base/log.h"

namespace kip::agent {

namespace {

constexpr const char* program = "/bin/sleep";
constexpr const char* for_ever = "2562047h";  // the longest of Go's durations

}  // namespace

int sleep_for_ever() {
  execl(program, program, for_ever, static_cast<char*>(nullptr));
  log::error("cannot sleep", {{"program", program}, {"problem", std::strerror(errno)}});
  return exit_missing;
}

}  // namespace kip::agent
