#include "controller/service.h"

#include "base/log.h"
#include "controller/deployment_surroundings.h"
#include "core/groups.h"

namespace kip::controller {

namespace {

// The names that requests are made of. Others mean other Reconcilers.
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

Service::Service(http::Transport& transport, Scheduler& scheduler,
                 registry::OnDemandClient* registries, Environment environment,
                 std::string own_namespace, config::Settings settings, Subscribe subscribe)
    : transport_(transport),
      scheduler_(scheduler),
      registries_(registries),
      subscribe_(std::move(subscribe)),
      environment_(std::move(environment)),
      own_namespace_(std::move(own_namespace)),
      configured_(std::move(settings)) {
  make_sources();
  begin(configured_);
}

void Service::start() {
  daemonsets_->start();
  reconcilers_->look_around();
  sources_->start([this] { take_soon(); });
  take();
}

void Service::shut_down(std::function<void()> done) {
  is_stopping_ = true;
  later_.reset();
  taking_.reset();
  gate_.reset();
  reconcilers_->shut_down(std::move(done));
}

void Service::make_sources() {
  sources_ = std::make_unique<ImageSources>(
      sources_of(transport_, scheduler_, configured_, {}, subscribe_));
}

void Service::take_soon() {
  if (taking_ || is_stopping_) return;
  taking_ = scheduler_.after(Duration::zero(), [this] {
    const HandlePtr ended = std::move(taking_);
    take();
  });
}

// Until all sources are known nothing changes: what is there may be wanted by one of them.
void Service::take() {
  if (!sources_->are_known()) return gate_nodes();
  config::Settings wanted = sources_->applied_to(configured_);
  if (wanted != reconcilers_->settings()) {
    const bool become_several = !are_several_ && !core::is_one_daemonset(wanted);
    if (!become_several && is_of_same_objects(wanted, reconcilers_->settings())) {
      log::set_level(to_log_level(wanted.log_level));
      reach_registries(wanted);
      reconcilers_->update(std::move(wanted));
    } else {
      begin(std::move(wanted));
      daemonsets_->start();
    }
  }
  reconcilers_->start();
  gate_nodes();
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
  reconcilers_.reset();  // they follow what is created again here
  gate_.reset();
  Scope scope{settings.namespace_name};
  // Pods of all names: what is about to be removed may have images that are nowhere else yet.
  pods_ = std::make_unique<PodInformer>(transport_, scheduler_, scope);
  // One DaemonSet is followed by its name, as it may not have our label yet; several by the label,
  // also when they are one again.
  are_several_ = are_several_ || !core::is_one_daemonset(settings);
  if (!are_several_) scope.daemonset = settings.daemonset_name;
  daemonsets_ = std::make_unique<DaemonSets>(
      transport_, scheduler_, scope,
      [this](const json& daemonset) { reconcilers_->on_stray(daemonset); });
  reconcilers_ = std::make_unique<Reconcilers>(transport_, scheduler_,
                                               Informers{*daemonsets_, *pods_, registries_},
                                               std::move(settings), std::move(surroundings));
  reconcilers_->on_surroundings([this, &seen] {
    if (!seen.owner().is_null()) on_deployment(seen.owner());
  });
}

// With what the Reconcilers have now: before the sources are known no node is known to be warm, but
// its deadline counts.
void Service::gate_nodes() {
  const bool are_known = sources_->are_known();
  const config::Settings& settings = reconcilers_->settings();
  const auto& taint = settings.node_gate.taint;
  if (gate_ && !are_known) return;
  if (gate_ && taint && gate_->taint() == *taint) return gate_->update(settings);
  gate_.reset();
  if (!taint) return;
  gate_ = std::make_unique<NodeGate>(transport_, scheduler_, *pods_, settings, are_known);
  gate_->start();
}

void Service::reach_registries(const config::Settings& settings) {
  if (registries_ != nullptr)
    registries_->reach(settings.insecure_registries, settings.registry_ca_file);
}

void Service::on_deployment(const json& deployment) {
  if (is_stopping_) return;
  EnvironmentSources sources =
      environment_sources(deployment, reconcilers_->settings().deployment_name);
  if (sources.configmaps.empty() || (configmaps_ && configmaps_->sources() == sources)) return;
  later_.reset();  // what was to be read again is read anew
  configmaps_ = std::make_unique<ConfigMaps>(
      transport_, scheduler_, reconcilers_->settings().namespace_name, std::move(sources), [this] {
        if (is_stopping_) return;
        // From the loop: a Reconciler is not replaced from inside a callback of its own.
        later_ = scheduler_.after(Duration::zero(), [this] { read_again(); });
      });
}

void Service::read_again() {
  const config::Reading reading =
      config::read_settings(configmaps_->applied_to(environment_), own_namespace_);
  if (reading.settings && *reading.settings == configured_) return;
  log_problems(reading.problems);
  if (!reading.settings) {
    log::error("the ConfigMap has settings that cannot be used; keeping the last ones");
    return;
  }
  log::info("the ConfigMap was changed; taking the new settings");
  const bool are_others = !have_same_sources(*reading.settings, configured_);
  configured_ = *reading.settings;
  if (are_others) {
    make_sources();
    sources_->start([this] { take_soon(); });
  }
  take();
}

}  // namespace kip::controller
