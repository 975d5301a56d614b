#include "base/log.h"
#include "cli/commands.h"
#include "controller/pin_release.h"
#include "controller/reporter.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "kube/access/in_cluster.h"
#include "loop/loop.h"

namespace kip::cli {

int release(const Environment& environment) {
  const config::Reading reading = config::read_settings(environment, kube::in_cluster_namespace());
  controller::log_problems(reading.problems);
  if (!reading.settings) return exit_config;
  Loop loop{http::io_context()};
  auto connection = kube::connect(environment, loop);
  if (!connection) {
    log::error("cannot reach a cluster", {{"error", connection.error().message}});
    return exit_config;
  }
  int code = exit_left;
  controller::PinRelease release(*connection->transport, loop, *reading.settings);
  loop.on_signal([&](int) { loop.stop(); });
  release.start([&](bool is_clean) {
    code = is_clean ? 0 : exit_left;
    loop.stop();
  });
  loop.run();
  return code;
}

}  // namespace kip::cli
