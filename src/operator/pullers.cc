#include "operator/pullers.h"

#include <utility>

#include "base/log.h"
#include "operator/custom_resource.h"
#include "types/object.h"

namespace kip::operators {

Pullers::Pullers(http::Transport& transport, Scheduler& scheduler, Cluster& cluster,
                 const std::string& namespace_name)
    : transport_(transport),
      scheduler_(scheduler),
      cluster_(cluster),
      daemonsets_(transport, scheduler, {.namespace_name = namespace_name},
                  [this](const json& daemonset) { on_stray(daemonset); }),
      pods_(transport, scheduler, {.namespace_name = namespace_name}),
      informer_(transport, scheduler, {.collection = {image_pullers, namespace_name}},
                {.on_object = [this](const json& resource) { on_resource(resource); },
                 .on_gone = [this](const std::string& name,
                                   const std::string& uid) { on_gone(name, uid); },
                 .on_synced = [this] { on_synced(); },
                 .on_error = [this](const http::Error& error) { outage_.failed(error); }}) {}

void Pullers::on_resource(const json& resource) {
  const std::string name = object::key(resource);
  Entry& entry = pullers_[name];
  // On its way out, its DaemonSet goes with it: nothing is repaired any more.
  if (object::is_deleting(resource)) {
    entry.puller.reset();
    return;
  }
  if (entry.puller && entry.uid == object::uid(resource)) return entry.puller->update(resource);
  log::info("working for", {{"resource", name}});
  entry.puller.reset();
  entry.uid = object::uid(resource);
  entry.puller = std::make_unique<Puller>(
      transport_, scheduler_, cluster_,
      controller::Informers{daemonsets_, pods_, cluster_.registries}, resource);
}

void Pullers::on_synced() {
  outage_.over();
  if (!std::exchange(is_following_, true)) daemonsets_.start();
}

void Pullers::on_stray(const json& daemonset) {
  for (const auto& owner : object::owners(daemonset)) {
    if (string_at(owner, "/kind") != kind) continue;
    const auto found =
        pullers_.find(object::key(object::namespace_name(daemonset), string_at(owner, "/name")));
    if (found != pullers_.end() && found->second.puller) found->second.puller->on_stray(daemonset);
  }
}

void Pullers::on_gone(const std::string& name, const std::string& uid) {
  const auto found = pullers_.find(name);
  if (found == pullers_.end() || (found->second.puller && found->second.uid != uid)) return;
  log::info("the resource is gone, and its DaemonSet with it", {{"resource", name}});
  pullers_.erase(found);
}

}  // namespace kip::operators
