#include "controller/deployment_surroundings.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "config/runtime_socket.h"
#include "kube/outage.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// The container of the Deployment that we are: the one named like it, else the first.
const json& own_container(const json& deployment, const std::string& name) {
  static const json none = json::object();
  const json& containers = array_at(deployment, "/spec/template/spec/containers");
  for (const auto& container : containers)
    if (string_at(container, "/name") == name) return container;
  return containers.empty() ? none : containers.front();
}

}  // namespace

EnvironmentSources environment_sources(const json& deployment, const std::string& container_name) {
  EnvironmentSources sources;
  const json& container = own_container(deployment, container_name);
  for (const auto& variable : array_at(container, "/env"))
    sources.explicit_names.insert(string_at(variable, "/name"));
  for (const auto& source : array_at(container, "/envFrom")) {
    const std::string name = string_at(source, "/configMapRef/name");
    if (name.empty() || !string_at(source, "/prefix").empty()) {
      sources.has_other_sources = true;
    } else {
      sources.configmaps.push_back(name);
    }
  }
  return sources;
}

core::AgentFacts agent_facts(const json& deployment, const std::string& container_name) {
  core::AgentFacts facts;
  for (const auto& variable : array_at(own_container(deployment, container_name), "/env")) {
    const std::string name = string_at(variable, "/name");
    std::string value = string_at(variable, "/value");
    // What the kubelet makes of it (core/v1 EnvVar).
    for (auto at = value.find("$$"); at != std::string::npos; at = value.find("$$", at + 1))
      value.erase(at, 1);
    // A wrong value ended the program at its start.
    if (auto image = types::parse_image_reference(value); name == "AGENT_IMAGE" && image)
      facts.image = *std::move(image);
    if (auto socket = config::parse_runtime_socket(value); name == "RUNTIME_SOCKET" && socket)
      facts.runtime_socket = *std::move(socket);
  }
  return facts;
}

DeploymentSurroundings::DeploymentSurroundings(kube::Client client, Scheduler& scheduler,
                                               std::string namespace_name,
                                               std::string deployment_name)
    : client_(client),
      deployment_at_{kube::deployments, std::move(namespace_name), std::move(deployment_name)},
      openshift_(client, scheduler),
      poll_(scheduler, {.trouble = "cannot read the Deployment; trying again",
                        .forbidden_tries = 2,
                        .is_waited_for = true}) {
  facts_.agent.emplace();
}

void DeploymentSurroundings::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
  openshift_.look([this] {
    facts_.is_openshift = openshift_.is_there();
    on_change_();
  });
  look_at_owner();
}

void DeploymentSurroundings::look_at_owner() {
  if (deployment_at_.name.empty()) return answered(LastRead::missing);
  poll_.ask(
      [this](kube::Client::Done done) { return client_.get(deployment_at_, std::move(done)); },
      [this](const kube::Answer& answer) { on_deployment(answer); });
}

void DeploymentSurroundings::on_deployment(const kube::Answer& answer) {
  if (!answer)
    return kube::is_forbidden(answer.error()) ? deployment_is_forbidden(answer.error())
                                              : deployment_is_missing();
  deployment_ = *answer;
  misses_ = 0;
  facts_.owner.emplace();
  facts_.owner->name = deployment_at_.name;
  facts_.owner->uid = object::uid(deployment_);
  facts_.own_image = string_at(own_container(deployment_, deployment_at_.name), "/image");
  facts_.agent = agent_facts(deployment_, deployment_at_.name);
  const bool is_leaving = object::is_deleting(deployment_);
  owner_state_ = is_leaving ? core::OwnerState::leaving : core::OwnerState::present;
  if (told_missing_)
    log::info("the Deployment is there now", {{"deployment", deployment_at_.name}});
  told_missing_ = false;
  answered(is_leaving ? LastRead::leaving : LastRead::present);
}

void DeploymentSurroundings::answered(LastRead what) {
  last_read_ = what;
  ++owner_reads_;
  is_owner_known_ = true;
  on_change_();
}

void DeploymentSurroundings::deployment_is_forbidden(const http::Error& error) {
  if (!std::exchange(told_refused_, true))
    kube::warn_of_missing_rule(
        "may not read the Deployment, so the DaemonSet gets no owner; add the rule to the Role",
        "apiGroups: [apps], resources: [deployments], verbs: [get]",
        {{"deployment", deployment_at_.name}, {"error", error.message}});
  poll_.ask_again();
  answered(LastRead::refused);
}

void DeploymentSurroundings::deployment_is_missing() {
  const bool was_there = owner_state_ != core::OwnerState::none;
  deployment_ = nullptr;
  if (was_there) {
    owner_state_ = core::OwnerState::leaving;
  } else if (!told_missing_) {
    told_missing_ = true;
    log::warn(
        "the Deployment that DEPLOYMENT_NAME names is not there; the DaemonSet gets its owner "
        "when it appears",
        {{"deployment", deployment_at_.name}, {"namespace", deployment_at_.namespace_name}});
  }
  // An owner that was forgotten is not worth a request a second; one that is about to come is.
  poll_.ask_again(std::min<Duration>(5min, 1s * (1 << std::min(misses_++, 9))));
  answered(LastRead::missing);
}

std::optional<std::string> DeploymentSurroundings::reason_to_stay() const {
  switch (last_read_) {
    case LastRead::none:
      return "the Deployment was never read, so the DaemonSet stays";
    case LastRead::refused:
      return "may not read the Deployment, so the DaemonSet stays";
    case LastRead::missing:
      if (!deployment_at_.name.empty() && owner_state_ == core::OwnerState::none)
        return "the Deployment that DEPLOYMENT_NAME names was never there, so the DaemonSet stays";
      return std::nullopt;
    case LastRead::leaving:
      return std::nullopt;
    case LastRead::present:
      break;
  }
  const bool is_scaled_to_0 =
      has(deployment_, "/spec/replicas") && int_at(deployment_, "/spec/replicas") == 0;
  if (is_scaled_to_0) return std::nullopt;
  return "the Deployment stays, so its DaemonSet does too";
}

}  // namespace kip::controller
