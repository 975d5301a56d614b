#include "controller/configmaps.h"

#include <utility>

#include "base/log.h"
#include "kube/outage.h"

namespace kip::controller {

Environment with_configmaps(const Environment& environment, const EnvironmentSources& sources,
                            const ConfigMapData& data) {
  Environment result = environment;
  for (const auto& setting : config::setting_infos()) {
    // Which cluster we talk to was decided at the start.
    if (setting.name == "KUBECONFIG" || sources.explicit_names.contains(setting.name)) continue;
    if (!sources.has_other_sources) result.erase(setting.name);
    for (const auto& name : sources.configmaps) {
      const auto found = data.find(name);
      if (found == data.end() || !found->second.is_object()) continue;
      const auto value = found->second.find(setting.name);
      if (value != found->second.end() && value->is_string())
        result[setting.name] = value->get<std::string>();
    }
  }
  return result;
}

ConfigMaps::ConfigMaps(http::Transport& transport, Scheduler& scheduler, std::string namespace_name,
                       EnvironmentSources sources, std::function<void()> on_change)
    : given_(sources), sources_(std::move(sources)), on_change_(std::move(on_change)) {
  unread_.insert(sources_.configmaps.begin(), sources_.configmaps.end());
  for (const auto& name : std::set<std::string>(unread_))
    follow(transport, scheduler, namespace_name, name);
}

void ConfigMaps::follow(http::Transport& transport, Scheduler& scheduler,
                        const std::string& namespace_name, const std::string& name) {
  // Shared by the callbacks of one informer.
  struct State {
    kube::Outage outage;
    bool told_refused = false;
    kube::Informer* informer = nullptr;
  };
  const auto state = std::make_shared<State>(
      State{kube::Outage("cannot follow the ConfigMap; trying again",
                         "following the ConfigMap again", {{"configmap", name}})});
  kube::Informer::Sink sink;
  sink.on_object = [this, name](const json& object) { on_data(name, object_at(object, "/data")); };
  sink.on_gone = [name](const std::string&, const std::string&) {
    log::warn("the ConfigMap is gone; keeping the last settings", {{"configmap", name}});
  };
  sink.on_synced = [this, name, state] {
    state->outage.over();
    on_read(name);  // also where there is none: an optional one may be absent
  };
  sink.on_error = [this, name, state](const http::Error& error) {
    if (!kube::is_forbidden(error)) return state->outage.failed(error);
    if (!state->informer->is_refused() || std::exchange(state->told_refused, true)) return;
    on_refused(name);
    kube::warn_of_missing_rule(
        "may not watch the ConfigMap, so an edit takes effect with the next pod; add the rule to "
        "the Role",
        "apiGroups: [\"\"], resources: [configmaps], resourceNames: [" + name +
            "], verbs: [get, list, watch]");
  };
  informers_.push_back(std::make_unique<kube::Informer>(
      transport, scheduler,
      kube::Informer::Options{.collection = {kube::configmaps, namespace_name},
                              .field_selector = "metadata.name=" + name,
                              .optional = true},
      std::move(sink)));
  state->informer = informers_.back().get();
  informers_.back()->start();
}

void ConfigMaps::on_data(const std::string& name, json data) {
  json& kept = data_[name];
  if (kept == data) return;
  kept = std::move(data);
  if (unread_.empty()) on_change_();
}

void ConfigMaps::on_read(const std::string& name) {
  if (unread_.erase(name) > 0 && unread_.empty()) on_change_();
}

// What it says is not known, so no setting is taken for unset; those that can be read count.
void ConfigMaps::on_refused(const std::string& name) {
  sources_.has_other_sources = true;
  on_read(name);
}

}  // namespace kip::controller
