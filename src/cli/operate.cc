#include <cstdlib>

#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/main_loop.h"
#include "cli/process.h"
#include "config/lists.h"
#include "config/runtime_socket.h"
#include "core/names.h"
#include "http/io_context.h"
#include "kube/access/connect.h"
#include "kube/access/in_cluster.h"
#include "kube/limited_transport.h"
#include "operator/operator.h"
#include "registry/on_demand_client.h"
#include "registry/shared_resolver.h"
#include "types/dns_name.h"

namespace kip::cli {

namespace {

using namespace std::chrono_literals;

// A Lease is lost where it was not renewed in 10 s: that has to be tried more than once.
constexpr kube::RestOptions lease_options{.read_deadline = 4s, .write_deadline = 4s};

// Resources with the same image ask at times of their own; so much later they get the same answer.
constexpr Duration shared_answers = 5min;

// WATCH_NAMESPACE as the Operator Lifecycle Manager sets it: empty is all, a comma separates.
Result<std::vector<std::string>> namespaces_to_watch(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto name = trimmed(std::string_view(text).substr(begin, end - begin));
    if (!text.empty())
      if (const auto good = types::check_dns_label(name); !good) return good.error();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
    begin = end + 1;
  }
  return names;
}

// RELATED_IMAGE_… is what an installer writes, which knows images by their digests.
Result<operators::Agent> agent_of(const Environment& environment) {
  operators::Agent agent;
  for (const char* name : {"AGENT_IMAGE", "RELATED_IMAGE_IMAGE_PULLER_AGENT"}) {
    const std::string text = value_of(environment, name);
    if (text.empty() || agent.image) continue;
    auto image = types::parse_image_reference(text);
    if (!image) return permanent(std::string(name) + ": " + image.error().message);
    agent.image = *std::move(image);
  }
  if (const std::string text = value_of(environment, "RUNTIME_SOCKET"); !text.empty()) {
    auto socket = config::parse_runtime_socket(text);
    if (!socket) return permanent("RUNTIME_SOCKET: " + socket.error().message);
    agent.runtime_socket = *std::move(socket);
  }
  return agent;
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

int operate(const Environment& environment) {
  set_up_heap();
  raise_descriptor_limit();
  operators::OperatorSettings settings;
  auto namespaces = namespaces_to_watch(value_of(environment, "WATCH_NAMESPACE"));
  if (!namespaces) {
    log::error("invalid setting",
               {{"name", "WATCH_NAMESPACE"}, {"problem", namespaces.error().message}});
    return exit_config;
  }
  settings.namespaces = *std::move(namespaces);
  settings.own_namespace = kube::in_cluster_namespace();
  settings.own_image = value_of(environment, "RELATED_IMAGE_KUBERNETES_IMAGE_PULLER");

  const auto insecure = config::parse_registries(value_of(environment, "INSECURE_REGISTRIES"));
  if (!insecure) {
    log::error("invalid setting",
               {{"name", "INSECURE_REGISTRIES"}, {"problem", insecure.error().message}});
    return exit_config;
  }

  auto agent = agent_of(environment);
  if (!agent) {
    log::error("invalid setting", {{"problem", agent.error().message}});
    return exit_config;
  }
  settings.agent = *std::move(agent);

  auto policy = operators::policy_of(environment);
  if (!policy) {
    log::error("invalid setting", {{"problem", policy.error().message}});
    return exit_config;
  }
  settings.policy = *std::move(policy);

  Loop loop{http::io_context()};
  auto connection = kube::connect(environment, loop);
  if (!connection) {
    log::error("cannot reach a cluster", {{"error", connection.error().message}});
    return exit_config;
  }
  settings.identity =
      host_name() + "_" + std::to_string(static_cast<unsigned>(loop.random() * 0xFFFFFFFFU));
  log::info("starting the operator", {{"version", version}, {"cluster", connection->description}});

  registry::OnDemandClient registries(loop, environment);
  registries.reach(*insecure, value_of(environment, "REGISTRY_CA_FILE"));
  registry::SharedResolver shared(loop, registries, shared_answers);
  settings.registries = &shared;
  kube::LimitedTransport work(*connection->transport, loop);
  const auto lease = connection->open(lease_options);
  operators::Operator op(work, *lease, loop, settings);
  op.start();
  run_until_signal(loop, [&](auto done) { op.shut_down(std::move(done)); });
  return 0;
}

}  // namespace kip::cli
