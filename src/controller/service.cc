#include "controller/service.h"

#include "base/log.h"
#include "controller/deployment_surroundings.h"

namespace kip::controller {

namespace {

// The names that a Reconciler's requests are made of. Others mean another Reconciler.
bool is_of_same_objects(const config::Settings& a, const config::Settings& b) {
  return a.namespace_name == b.namespace_name && a.daemonset_name == b.daemonset_name &&
         a.deployment_name == b.deployment_name;
}

log::Level to_log_level(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return log::Level::debug;
    case config::LogLevel::info:
      return log::Level::info;
    case config::LogLevel::warn:
      return log::Level::warn;
    case config::LogLevel::error:
      return log::Level::error;
  }
  return log::Level::info;
}

}  // namespace

Service::Service(http::Transport& transport, Scheduler& scheduler, Registries* registries,
                 Environment environment, std::string own_namespace, config::Settings settings)
    : transport_(transport),
      scheduler_(scheduler),
      registries_(registries),
      environment_(std::move(environment)),
      own_namespace_(std::move(own_namespace)) {
  begin(std::move(settings));
}

void Service::start() {
  daemonsets_->start();
  reconciler_->start();
}

void Service::shut_down(std::function<void()> done) {
  is_stopping_ = true;
  later_.reset();
  reconciler_->shut_down(std::move(done));
}

void Service::begin(config::Settings settings) {
  log::set_level(to_log_level(settings.log_level));
  reach_registries(settings);
  log::info("keeping images cached", {{"images", settings.images.size()},
                                      {"daemonset", settings.daemonset_name},
                                      {"namespace", settings.namespace_name},
                                      {"interval", to_text(settings.interval)}});
  auto surroundings = std::make_unique<DeploymentSurroundings>(
      transport_, scheduler_, settings.namespace_name, settings.deployment_name);
  const Surroundings& seen = *surroundings;
  reconciler_.reset();  // it follows what is created again here
  const Scope scope{settings.namespace_name, settings.daemonset_name};
  pods_ = std::make_unique<PodInformer>(transport_, scheduler_, scope);
  daemonsets_ = std::make_unique<DaemonSets>(transport_, scheduler_, scope);
  reconciler_ = std::make_unique<Reconciler>(transport_, scheduler_,
                                             Informers{*daemonsets_, *pods_, registries_},
                                             std::move(settings), std::move(surroundings));
  reconciler_->on_surroundings([this, &seen] {
    if (!seen.owner().is_null()) on_deployment(seen.owner());
  });
}

void Service::reach_registries(const config::Settings& settings) {
  if (registries_ != nullptr)
    registries_->reach(settings.insecure_registries, settings.registry_ca_file);
}

void Service::on_deployment(const json& deployment) {
  if (is_stopping_) return;
  EnvironmentSources sources =
      environment_sources(deployment, reconciler_->settings().deployment_name);
  if (sources.configmaps.empty() || (configmaps_ && configmaps_->sources() == sources)) return;
  later_.reset();  // what was to be read again is read anew
  configmaps_ = std::make_unique<ConfigMaps>(
      transport_, scheduler_, reconciler_->settings().namespace_name, std::move(sources), [this] {
        if (is_stopping_) return;
        // From the loop: a Reconciler is not replaced from inside a callback of its own.
        later_ = scheduler_.after(Duration::zero(), [this] { read_again(); });
      });
}

void Service::read_again() {
  const config::Reading reading =
      config::read_settings(configmaps_->applied_to(environment_), own_namespace_);
  if (reading.settings && *reading.settings == reconciler_->settings()) return;
  log_problems(reading.problems);
  if (!reading.settings) {
    log::error("the ConfigMap has settings that cannot be used; keeping the last ones");
    return;
  }
  log::info("the ConfigMap was changed; taking the new settings");
  if (is_of_same_objects(*reading.settings, reconciler_->settings())) {
    log::set_level(to_log_level(reading.settings->log_level));
    reach_registries(*reading.settings);
    reconciler_->update(*reading.settings);
  } else {
    begin(*reading.settings);
    start();
  }
}

}  // namespace kip::controller
