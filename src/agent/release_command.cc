#include <cstdio>
#include <optional>

#include "agent/commands.h"
#include "agent/find_runtime.h"
#include "agent/options.h"
#include "agent/pinning.h"
#include "base/log.h"
#include "http/io_context.h"

namespace kip::agent {

int release(const std::vector<std::string>& arguments, const Environment& environment) {
  const ReleaseReading reading = read_release_options(arguments);
  if (reading.wants_help) {
    std::fputs(release_help().c_str(), stdout);
    return 0;
  }
  log::set_style(log::Style::go);
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.problems.empty()) return exit_config;
  return release_pins(sockets_to_try(reading.cri_socket, reading.runtime, is_socket),
                      instance_name(reading.instance, environment));
}

int release_pins(Result<std::vector<Socket>> sockets, const std::string& instance) {
  if (!sockets) {
    log::error("cannot begin", {{"problem", sockets.error().message}});
    return exit_missing;
  }
  Loop loop(http::io_context());
  int code = exit_missing;
  RuntimeFinder finder(loop, std::move(*sockets), instance);
  FoundRuntime runtime;
  std::optional<Pinning> pinning;
  loop.on_signal([&](int) { loop.stop(); });
  finder.start([&](Result<FoundRuntime> found) {
    if (!found) {
      log::error("cannot begin", {{"problem", found.error().message}});
      return loop.stop();
    }
    runtime = std::move(*found);
    pinning.emplace(*runtime.pins, Pinning::Rest::unpin);
    pinning->start({}, [&](const Pinning::Summary& summary) {
      tell(summary);
      code = summary.failures.empty() ? 0 : exit_missing;
      loop.stop();
    });
  });
  loop.run();
  return code;
}

}  // namespace kip::agent
