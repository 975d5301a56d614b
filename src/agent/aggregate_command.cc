#include <cstdio>
#include <utility>

#include "agent/aggregate_options.h"
#include "agent/commands.h"
#include "base/log.h"
#include "loop/loop.h"
#include "metrics/aggregator.h"

namespace kip::agent {

int aggregate_metrics(const std::vector<std::string>& arguments) {
  const AggregateReading reading = read_aggregate_options(arguments);
  if (reading.wants_help) {
    std::fputs(aggregate_help().c_str(), stdout);
    return 0;
  }
  log::set_style(log::Style::go);
  if (reading.debug) log::set_level(log::Level::debug);
  for (const auto& problem : reading.problems)
    log::error("invalid argument", {{"problem", problem}});
  if (!reading.problems.empty()) return exit_config;
  Loop loop;
  loop.on_signal([&](int signal) {
    log::info("signal received", {{"signal", signal}});
    loop.stop();
  });
  const auto aggregator =
      metrics::Aggregator::listen(loop, {.grpc = reading.grpc_port, .http = reading.http_port}, {});
  if (!aggregator) {
    log::error("cannot begin", {{"problem", aggregator.error().message}});
    return exit_missing;
  }
  log::info("listening", {{"grpcPort", reading.grpc_port}, {"httpPort", reading.http_port}});
  loop.run();
  return 0;
}

}  // namespace kip::agent
