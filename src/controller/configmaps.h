// The ConfigMaps that our environment comes from, followed, so that an edit takes effect within a
// second and without a new pod. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "config/settings.h"
#include "controller/deployment_surroundings.h"
#include "http/transport.h"
#include "kube/informer.h"
#include "loop/scheduler.h"

namespace kip::controller {

// ConfigMaps' `data` by name.
using ConfigMapData = std::map<std::string, json>;

// The environment that a pod started now would have, as far as settings go: what is set explicitly
// stays, then the ConfigMaps count, the last one first (core/v1 Container, envFrom). A setting that
// is in none of them is unset, unless it may come from a source that is not followed.
Environment with_configmaps(const Environment& environment, const EnvironmentSources& sources,
                            const ConfigMapData& data);

class ConfigMaps {
 public:
  // `on_change` is called when every ConfigMap was read, or found to be absent, and at each change
  // from then on.
  ConfigMaps(http::Transport& transport, Scheduler& scheduler, std::string namespace_name,
             EnvironmentSources sources, std::function<void()> on_change);

  // As they were given.
  const EnvironmentSources& sources() const { return given_; }
  Environment applied_to(const Environment& environment) const {
    return with_configmaps(environment, sources_, data_);
  }

 private:
  void follow(http::Transport& transport, Scheduler& scheduler, const std::string& namespace_name,
              const std::string& name);
  void on_data(const std::string& name, json data);
  void on_read(const std::string& name);
  void on_refused(const std::string& name);

  const EnvironmentSources given_;
  EnvironmentSources sources_;
  const std::function<void()> on_change_;
  ConfigMapData data_;
  std::set<std::string> unread_;
  std::vector<std::unique_ptr<kube::Informer>> informers_;
};

}  // namespace kip::controller
