#include "controller/deployment_surroundings.h"

#include <algorithm>

#include "base/log.h"
#include "base/news.h"
#include "kube/api.h"

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

DeploymentSurroundings::DeploymentSurroundings(http::Transport& transport, Scheduler& scheduler,
                                               std::string namespace_name,
                                               std::string deployment_name)
    : transport_(transport),
      scheduler_(scheduler),
      namespace_name_(std::move(namespace_name)),
      deployment_name_(std::move(deployment_name)),
      openshift_(transport, scheduler) {}

void DeploymentSurroundings::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
  openshift_.look([this] {
    facts_.openshift = openshift_.is_there();
    on_change_();
  });
  look_at_owner();
}

void DeploymentSurroundings::look_at_owner() {
  if (deployment_name_.empty()) return answered(LastRead::missing);
  timer_.reset();
  call_ = kube::call(transport_,
                     {"GET", kube::deployments_path(namespace_name_) + "/" +
                                 kube::percent_encoded(deployment_name_)},
                     [this](Result<json> answer) { on_deployment(answer); });
}

void DeploymentSurroundings::on_deployment(const Result<json>& answer) {
  if (!answer) return on_deployment_error(answer.error());
  deployment_ = *answer;
  backoff_.reset();
  refused_.reset();
  misses_ = 0;
  facts_.owner.emplace();
  facts_.owner->name = deployment_name_;
  facts_.owner->uid = string_at(deployment_, "/metadata/uid");
  facts_.own_image = string_at(own_container(deployment_, deployment_name_), "/image");
  const bool is_leaving = has(deployment_, "/metadata/deletionTimestamp");
  owner_state_ = is_leaving ? core::OwnerState::leaving : core::OwnerState::present;
  if (told_missing_) log::info("the Deployment is there now", {{"deployment", deployment_name_}});
  told_missing_ = false;
  answered(is_leaving ? LastRead::leaving : LastRead::present);
}

void DeploymentSurroundings::answered(LastRead what) {
  last_read_ = what;
  ++owner_reads_;
  owner_known_ = true;
  on_change_();
}

void DeploymentSurroundings::on_deployment_error(const Error& error) {
  Duration again = kube::soon(backoff_.next(error, scheduler_.random()), error);
  if (error.http_status == 404) {
    deployment_is_missing();
    // An owner that was forgotten is not worth a request a second; one that is about to come is.
    again = std::min<Duration>(5min, 1s * (1 << std::min(misses_++, 9)));
  } else if (error.http_status == 403) {
    again = refused_.next();
    if (refused_.is_certain()) {
      if (!told_refused_)
        log::warn(
            "may not read the Deployment, so the DaemonSet gets no owner; add the rule to the Role",
            {{"rule", "apiGroups: [apps], resources: [deployments], verbs: [get]"},
             {"deployment", deployment_name_},
             {"error", error.message}});
      told_refused_ = true;
      answered(LastRead::refused);
    }
  } else {
    tell_news(last_error_, "cannot read the Deployment; trying again", error);
  }
  timer_ = scheduler_.after(again, [this] { look_at_owner(); });
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
        {{"deployment", deployment_name_}, {"namespace", namespace_name_}});
  }
  answered(LastRead::missing);
}

std::optional<std::string> DeploymentSurroundings::reason_to_stay() const {
  switch (last_read_) {
    case LastRead::none:
      return "the Deployment was never read, so the DaemonSet stays";
    case LastRead::refused:
      return "may not read the Deployment, so the DaemonSet stays";
    case LastRead::missing:
      if (!deployment_name_.empty() && owner_state_ == core::OwnerState::none)
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
