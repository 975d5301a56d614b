#include "controller/daemonsets.h"

#include <iterator>
#include <utility>

#include "base/log.h"
#include "core/ownership.h"
#include "kube/api.h"

namespace kip::controller {

namespace {

kube::Watch::Options options_of(const Scope& scope) {
  kube::Watch::Options options{.path = kube::daemonsets_path(scope.namespace_name),
                               .across_namespaces = true};
  if (scope.daemonset.empty())
    options.label_selector = core::our_label_selector();
  else
    options.field_selector = "metadata.name=" + scope.daemonset;
  return options;
}

std::string key_of(const std::string& namespace_name, const std::string& name) {
  return namespace_name + "/" + name;
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
      watch_(transport, scheduler, options_of(scope_),
             {.on_object = [this](json& object) { on_object(object); },
              .on_gone =
                  [this](const std::string& key, const std::string& uid) {
                    const auto [begin, end] = followers_.equal_range(key);
                    for (auto it = begin; it != end; ++it) it->second->on_gone(uid);
                  },
              .on_synced = [this] { on_synced(); },
              .on_error = [this](const Error& error) { on_error(error); }}) {}

HandlePtr DaemonSets::follow(const std::string& namespace_name, const std::string& name,
                             Follower& follower) {
  return std::make_unique<Following>(*this,
                                     followers_.emplace(key_of(namespace_name, name), &follower));
}

bool DaemonSets::tells_of(const json& daemonset) const {
  return is_of_one_name() || core::has_our_label(daemonset);
}

void DaemonSets::on_object(json& object) {
  const auto [begin, end] = followers_.equal_range(
      key_of(string_at(object, "/metadata/namespace"), string_at(object, "/metadata/name")));
  if (begin == end) {
    if (on_stray_) on_stray_(object);
    return;
  }
  for (auto it = std::next(begin); it != end; ++it) it->second->on_object(object);
  begin->second->on_object(std::move(object));  // mostly the only one, and spared a copy
}

void DaemonSets::on_synced() {
  if (!told_troubles_.empty()) log::info("following the DaemonSet again");
  told_troubles_.clear();
  for (const auto& [key, follower] : followers_) follower->on_synced(watch_.has(key));
}

void DaemonSets::on_error(const Error& error) {
  // Each status once an outage: the tries come twice a second while nobody answers, and a balancer
  // may answer now and then.
  const bool is_news = told_troubles_.insert(error.http_status).second;
  log::write(is_news ? log::Level::warn : log::Level::debug,
             "cannot follow the DaemonSet; trying again", {{"error", error.message}});
}

}  // namespace kip::controller
