#include "base/log.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/main_loop.h"
#include "cli/process.h"
#include "controller/nats_subscription.h"
#include "controller/reporter.h"
#include "controller/service.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "kube/access/in_cluster.h"
#include "registry/on_demand_client.h"

namespace kip::cli {

int run(const Environment& environment) {
  set_up_heap();
  raise_descriptor_limit();

  const std::string own_namespace = kube::in_cluster_namespace();
  const config::Reading reading = config::read_settings(environment, own_namespace);
  controller::log_problems(reading.problems);
  if (!reading.settings) {
    log::error("this configuration cannot be used; nothing in the cluster was touched");
    return exit_config;
  }

  Loop loop{http::io_context()};
  auto connection = kube::connect(environment, loop);
  if (!connection) {
    log::error("cannot reach a cluster", {{"error", connection.error().message}});
    return exit_config;
  }
  log::info("starting", {{"version", version}, {"cluster", connection->description}});

  registry::OnDemandClient registries(loop, environment);
  controller::Service service(*connection->transport, loop, &registries, environment, own_namespace,
                              *reading.settings, controller::nats_subscriptions(loop));
  service.start();
  run_until_signal(loop, [&](auto done) { service.shut_down(std::move(done)); });
  return 0;
}

}  // namespace kip::cli
