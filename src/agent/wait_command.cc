#include <cstdio>
#include <optional>

#include "agent/commands.h"
#include "agent/rollout_waiter.h"
#include "agent/wait_options.h"
#include "base/log.h"
#include "http/io_context.h"
#include "kube/access/connect.h"

namespace kip::agent {

int wait(const std::vector<std::string>& arguments, const Environment& environment) {
  WaitReading reading = read_wait_options(arguments);
  if (reading.wants_help) {
    std::fputs(wait_help().c_str(), stdout);
    return 0;
  }
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.problems.empty()) return exit_config;
  Loop loop(http::io_context());
  const auto connection = kube::connect(environment, loop);
  if (!connection) {
    log::error("cannot reach a cluster", {{"problem", connection.error().message}});
    return exit_config;
  }
  const WaitOptions& options = reading.options;
  const std::string& where =
      options.namespace_name.empty() ? connection->own_namespace : options.namespace_name;
  if (where.empty()) {
    log::error("invalid argument", {{"problem", "no --namespace, and this is no pod"}});
    return exit_config;
  }
  int code = exit_missing;
  loop.on_signal([&](int signal) {
    log::info("signal received", {{"signal", signal}});
    loop.stop();
  });
  std::optional<RolloutWaiter> waiter(std::in_place, *connection->transport, loop, where,
                                      options.daemonset);
  waiter->start(options.timeout, [&](bool is_complete) {
    code = is_complete || options.best_effort ? 0 : exit_missing;
    loop.stop();
  });
  loop.run();
  waiter.reset();  // before the transport that it asks
  return code;
}

}  // namespace kip::agent
