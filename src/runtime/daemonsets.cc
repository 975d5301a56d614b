#include "runtime/daemonsets.h"

#include <utility>

#include "base/log.h"
#include "core/names.h"
#include "kube/api.h"

namespace kip::runtime {

namespace {

kube::Watch::Options options_of(const Scope& scope) {
  kube::Watch::Options options{.path = kube::daemonsets_path(scope.namespace_name),
                               .across_namespaces = true};
  if (scope.daemonset.empty())
    options.label_selector = std::string(core::managed_by_label) + "=" + core::managed_by_value;
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
  Following(DaemonSets& all, std::string key, Follower* follower)
      : all_(all), key_(std::move(key)), follower_(follower) {}
  ~Following() override {
    const auto found = all_.followers_.find(key_);
    if (found != all_.followers_.end() && found->second == follower_) all_.followers_.erase(found);
  }

 private:
  DaemonSets& all_;
  const std::string key_;
  Follower* follower_;
};

DaemonSets::DaemonSets(kube::Transport& transport, Scheduler& scheduler, Scope scope,
                       std::function<void(const json&)> on_stray)
    : scope_(std::move(scope)),
      on_stray_(std::move(on_stray)),
      watch_(transport, scheduler, options_of(scope_),
             {.on_object = [this](const json& object) { on_object(object); },
              .on_gone =
                  [this](const std::string& key, const std::string& uid) {
                    const auto found = followers_.find(key);
                    if (found != followers_.end()) found->second->on_gone(uid);
                  },
              .on_synced = [this] { on_synced(); },
              .on_error = [this](const Error& error) { on_error(error); }}) {}

HandlePtr DaemonSets::follow(const std::string& namespace_name, const std::string& name,
                             Follower& follower) {
  std::string key = key_of(namespace_name, name);
  followers_[key] = &follower;
  return std::make_unique<Following>(*this, std::move(key), &follower);
}

bool DaemonSets::tells_of(const json& daemonset) const {
  return is_of_one_name() ||
         object_at(daemonset, "/metadata/labels").value(core::managed_by_label, json()) ==
             core::managed_by_value;
}

void DaemonSets::on_object(const json& object) {
  const auto found = followers_.find(
      key_of(string_at(object, "/metadata/namespace"), string_at(object, "/metadata/name")));
  if (found != followers_.end()) return found->second->on_object(object);
  if (on_stray_) on_stray_(object);
}

void DaemonSets::on_synced() {
  if (told_trouble_) log::info("following the DaemonSet again");
  told_trouble_.reset();
  for (const auto& [key, follower] : followers_) follower->on_synced(watch_.has(key));
}

void DaemonSets::on_error(const Error& error) {
  // Once an outage: the tries come twice a second while nobody answers. Another status is other
  // news: a token that ended, after a connection that broke.
  const bool is_news = told_trouble_ != error.http_status;
  log::write(is_news ? log::Level::warn : log::Level::debug,
             "cannot follow the DaemonSet; trying again", {{"error", error.message}});
  told_trouble_ = error.http_status;
}

}  // namespace kip::runtime
