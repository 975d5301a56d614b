#include "controller/daemonsets.h"

#include <iterator>
#include <utility>

#include "core/ownership.h"
#include "types/object.h"

namespace kip::controller {

namespace {

kube::Informer::Options options_of(const Scope& scope) {
  kube::Informer::Options options{.collection = {kube::daemonsets, scope.namespace_name}};
  if (scope.daemonset.empty())
    options.label_selector = core::our_label_selector();
  else
    options.field_selector = "metadata.name=" + scope.daemonset;
  return options;
}

}  // namespace

class DaemonSets::Following : public Handle {
 public:
  using Place = std::multimap<std::string, Follower*>::iterator;
  Following(DaemonSets& all, Place place) : all_(all), place_(place) {}
  ~Following() override { all_.followers_.erase(place_); }

 private:
  DaemonSets& all_;
  const Place place_;
};

DaemonSets::DaemonSets(http::Transport& transport, Scheduler& scheduler, Scope scope,
                       std::function<void(const json&)> on_stray)
    : scope_(std::move(scope)),
      on_stray_(std::move(on_stray)),
      informer_(transport, scheduler, options_of(scope_),
                {.on_object = [this](json& object) { on_object(object); },
                 .on_gone =
                     [this](const std::string& key, const std::string& uid) {
                       const auto [begin, end] = followers_.equal_range(key);
                       for (auto it = begin; it != end; ++it) it->second->on_gone(uid);
                     },
                 .on_synced = [this] { on_synced(); },
                 .on_error = [this](const http::Error& error) { outage_.failed(error); }}) {}

HandlePtr DaemonSets::follow(const std::string& namespace_name, const std::string& name,
                             Follower& follower) {
  return std::make_unique<Following>(
      *this, followers_.emplace(object::key(namespace_name, name), &follower));
}

bool DaemonSets::tells_of(const json& daemonset) const {
  return is_of_one_name() || core::has_our_label(daemonset);
}

void DaemonSets::on_object(json& object) {
  const auto [begin, end] = followers_.equal_range(object::key(object));
  if (begin == end) {
    if (on_stray_) on_stray_(object);
    return;
  }
  for (auto it = std::next(begin); it != end; ++it) it->second->on_object(object);
  begin->second->on_object(std::move(object));  // mostly the only one, and spared a copy
}

void DaemonSets::on_synced() {
  outage_.over();
  for (const auto& [key, follower] : followers_) follower->on_synced(informer_.has(key));
}

}  // namespace kip::controller
