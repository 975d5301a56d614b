#include <cstdio>

#include "agent/commands.h"
#include "agent/follow_run.h"
#include "base/log.h"
#include "http/io_context.h"

namespace kip::agent {

int follow(const std::vector<std::string>& arguments, const Environment& environment) {
  FollowReading reading = read_follow_options(arguments, environment);
  if (reading.wants_help) {
    std::fputs(follow_help().c_str(), stdout);
    return 0;
  }
  if (const std::string host = value_of(environment, "HOST_IP"); !host.empty())
    log::set_fields({{"host", host}});
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.options) return exit_config;
  if (reading.options->debug) log::set_level(log::Level::debug);
  Loop loop(http::io_context());
  return FollowRun(loop, environment, std::move(*reading.options)).run();
}

}  // namespace kip::agent
