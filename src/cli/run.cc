#include "base/log.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/memory.h"
#include "kube/connect.h"
#include "kube/in_cluster.h"
#include "kube/loop.h"
#include "runtime/service.h"

namespace kip::cli {

namespace {

// By then the first DaemonSet is written or compared and the watches are open.
constexpr Duration start_is_over = std::chrono::seconds(5);
// A roll-out or a new connection brings back what is then not needed for hours. Rare enough to cost
// nothing: what is needed again comes back in some hundred minor faults.
constexpr Duration between_releases = std::chrono::minutes(10);

}  // namespace

int run(const config::Environment& environment) {
  set_up_heap();

  const std::string own_namespace = kube::in_cluster_namespace();
  const config::Reading reading = config::read_settings(environment, own_namespace);
  runtime::log_problems(reading.problems);
  if (!reading.settings) {
    log::error("this configuration cannot be used; nothing in the cluster was touched");
    return exit_config;
  }

  Loop loop;
  auto connection = kube::connect(environment, loop);
  if (!connection) {
    log::error("no way to a cluster", {{"error", connection.error().message}});
    return exit_config;
  }
  log::info("starting", {{"version", version}, {"cluster", connection->description}});

  runtime::Service service(*connection->transport, loop, environment, own_namespace,
                           *reading.settings);
  bool is_stopping = false;
  loop.on_signal([&](int signal) {
    log::info("signal received", {{"signal", signal}});
    if (is_stopping) return loop.stop();  // somebody is in a hurry
    is_stopping = true;
    service.shut_down([&] { loop.stop(); });
  });
  service.start();
  HandlePtr release;
  const std::function<void()> release_again = [&] {
    release_unused_memory();
    release = loop.after(between_releases, release_again);
  };
  release = loop.after(start_is_over, release_again);
  loop.run();
  return 0;
}

}  // namespace kip::cli
