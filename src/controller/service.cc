#include "controller/service.h"

#include "base/log.h"
#include "controller/deployment_surroundings.h"

namespace kip::controller {

namespace {

// The names that a Session's requests are made of. Others mean another Session.
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

void log_problems(const std::vector<config::Problem>& problems) {
  for (const auto& problem : problems) {
    const auto level =
        problem.severity == config::Problem::Severity::error ? log::Level::error : log::Level::warn;
    log::write(level, "setting", {{"name", problem.setting}, {"problem", problem.message}});
  }
}

Service::Service(http::Transport& transport, Scheduler& scheduler, Environment environment,
                 std::string own_namespace, config::Settings settings)
    : transport_(transport),
      scheduler_(scheduler),
      environment_(std::move(environment)),
      own_namespace_(std::move(own_namespace)) {
  begin(std::move(settings));
}

void Service::start() {
  daemonsets_->start();
  session_->start();
}

void Service::shut_down(std::function<void()> done) {
  is_stopping_ = true;
  later_.reset();
  session_->shut_down(std::move(done));
}

void Service::begin(config::Settings settings) {
  log::set_level(to_log_level(settings.log_level));
  log::info("keeping images cached", {{"images", settings.images.size()},
                                      {"daemonset", settings.daemonset_name},
                                      {"namespace", settings.namespace_name},
                                      {"interval", to_text(settings.interval)}});
  auto surroundings = std::make_unique<DeploymentSurroundings>(
      transport_, scheduler_, settings.namespace_name, settings.deployment_name);
  const Surroundings& seen = *surroundings;
  session_.reset();  // it follows what is made anew here
  const Scope scope{settings.namespace_name, settings.daemonset_name};
  pods_ = std::make_unique<PodInformer>(transport_, scheduler_, scope);
  daemonsets_ = std::make_unique<DaemonSets>(transport_, scheduler_, scope);
  session_ = std::make_unique<Session>(transport_, scheduler_, Informers{*daemonsets_, *pods_},
                                       std::move(settings), std::move(surroundings));
  session_->on_surroundings([this, &seen] {
    if (!seen.owner().is_null()) on_deployment(seen.owner());
  });
}

void Service::on_deployment(const json& deployment) {
  if (is_stopping_) return;
  EnvironmentSources sources =
      environment_sources(deployment, session_->settings().deployment_name);
  if (sources.configmaps.empty() || (configmaps_ && configmaps_->sources() == sources)) return;
  later_.reset();  // what was to be read again is read anew
  configmaps_ = std::make_unique<ConfigMaps>(
      transport_, scheduler_, session_->settings().namespace_name, std::move(sources), [this] {
        if (is_stopping_) return;
        // From the loop: a Session is not replaced from inside a callback of its own.
        later_ = scheduler_.after(Duration::zero(), [this] { read_again(); });
      });
}

void Service::read_again() {
  const config::Reading reading =
      config::read_settings(configmaps_->applied_to(environment_), own_namespace_);
  if (reading.settings && *reading.settings == session_->settings()) return;
  log_problems(reading.problems);
  if (!reading.settings) {
    log::error("the ConfigMap was changed to what cannot be used; keeping the last settings");
    return;
  }
  log::info("the ConfigMap was changed; taking the new settings");
  if (is_of_same_objects(*reading.settings, session_->settings())) {
    log::set_level(to_log_level(reading.settings->log_level));
    session_->update(*reading.settings);
  } else {
    begin(*reading.settings);
    start();
  }
}

}  // namespace kip::controller
