#include "runtime/surroundings.h"

#include <algorithm>

#include "base/log.h"
#include "kube/api.h"

namespace kip::runtime {

using namespace std::chrono_literals;

namespace {

constexpr const char* openshift_group = "/apis/route.openshift.io";

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

Surroundings::Surroundings(kube::Transport& transport, Scheduler& scheduler,
                           std::string namespace_name, std::string deployment_name,
                           std::function<void()> on_change)
    : transport_(transport),
      scheduler_(scheduler),
      namespace_name_(std::move(namespace_name)),
      deployment_name_(std::move(deployment_name)),
      on_change_(std::move(on_change)) {}

void Surroundings::start() {
  look_for_openshift();
  if (deployment_name_.empty()) {
    owner_known_ = true;
  } else {
    look_at_deployment();
  }
}

void Surroundings::look_for_openshift() {
  openshift_call_ = kube::call(transport_, {"GET", openshift_group},
                               [this](Result<json> answer) { on_openshift(answer); });
}

void Surroundings::on_openshift(const Result<json>& answer) {
  const int status = answer ? 200 : answer.error().http_status;
  if (answer || status == 404 || status == 403) {
    facts_.openshift = answer.ok();
    openshift_known_ = true;
    if (answer) log::info("this is OpenShift: UIDs and GIDs are left to its SCC");
    if (status == 403)
      log::warn("cannot tell whether this is OpenShift; taking it for plain Kubernetes",
                {{"error", answer.error().message}});
    return on_change_();
  }
  tell_once("cannot ask for OpenShift's API group; trying again", answer.error());
  openshift_timer_ = scheduler_.after(openshift_backoff_.next(answer.error(), scheduler_.random()),
                                      [this] { look_for_openshift(); });
}

void Surroundings::look_at_deployment() {
  if (deployment_name_.empty()) return on_change_();
  deployment_timer_.reset();
  deployment_call_ = kube::call(transport_,
                                {"GET", kube::deployments_path(namespace_name_) + "/" +
                                            kube::percent_encoded(deployment_name_)},
                                [this](Result<json> answer) { on_deployment(answer); });
}

void Surroundings::on_deployment(const Result<json>& answer) {
  if (!answer) return on_deployment_error(answer.error());
  deployment_ = *answer;
  deployment_backoff_.reset();
  refused_.reset();
  misses_ = 0;
  owner_known_ = true;
  facts_.owner = core::Owner{deployment_name_, string_at(deployment_, "/metadata/uid")};
  facts_.own_image = string_at(own_container(deployment_, deployment_name_), "/image");
  owner_state_ = has(deployment_, "/metadata/deletionTimestamp") ? core::OwnerState::leaving
                                                                 : core::OwnerState::present;
  if (told_missing_) log::info("the Deployment is there now", {{"deployment", deployment_name_}});
  told_missing_ = false;
  on_change_();
}

void Surroundings::on_deployment_error(const Error& error) {
  Duration again = deployment_backoff_.next(error, scheduler_.random());
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
      told_refused_ = owner_known_ = true;
      on_change_();
    }
  } else {
    tell_once("cannot read the Deployment; trying again", error);
  }
  deployment_timer_ = scheduler_.after(again, [this] { look_at_deployment(); });
}

// While nobody answers the tries come twice a second, all with one message.
void Surroundings::tell_once(const char* message, const Error& error) {
  log::write(error.message == last_error_ ? log::Level::debug : log::Level::warn, message,
             {{"error", error.message}});
  last_error_ = error.message;
}

void Surroundings::deployment_is_missing() {
  const bool was_there = owner_state_ != core::OwnerState::none;
  deployment_ = nullptr;
  owner_known_ = true;
  if (was_there) {
    owner_state_ = core::OwnerState::leaving;
  } else if (!told_missing_) {
    told_missing_ = true;
    log::warn(
        "the Deployment that DEPLOYMENT_NAME names is not there; the DaemonSet gets its owner "
        "when it appears",
        {{"deployment", deployment_name_}, {"namespace", namespace_name_}});
  }
  on_change_();
}

}  // namespace kip::runtime
