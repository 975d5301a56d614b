#include "runtime/pod_informer.h"

#include <utility>

#include "base/log.h"
#include "core/names.h"
#include "kube/api.h"

namespace kip::runtime {

namespace {

std::string selector() {
  return std::string(core::name_label) + "=" + core::name_value + "," + core::test_label + "=" +
         core::test_value;
}

std::string daemonset_of(const json& pod) {
  for (const auto& owner : array_at(pod, "/metadata/ownerReferences"))
    if (string_at(owner, "/kind") == "DaemonSet") return string_at(owner, "/name");
  return {};
}

std::string key_of(const std::string& namespace_name, const std::string& name) {
  return namespace_name + "/" + name;
}

}  // namespace

class PodInformer::Following : public Handle {
 public:
  Following(PodInformer& all, std::string key) : all_(all), key_(std::move(key)) {}
  ~Following() override {
    const auto found = all_.groups_.find(key_);
    if (found == all_.groups_.end()) return;
    found->second.on_change = nullptr;
    all_.drop_if_unused(found);
  }

 private:
  PodInformer& all_;
  const std::string key_;
};

PodInformer::PodInformer(kube::Transport& transport, Scheduler& scheduler, Scope scope)
    : scope_(std::move(scope)),
      watch_(transport, scheduler,
             {.path = kube::pods_path(scope_.namespace_name),
              .label_selector = selector(),
              .optional = true,
              .across_namespaces = true},
             {.on_object = [this](const json& pod) { on_pod(pod); },
              .on_gone = [this](const std::string& key, const std::string&) { on_gone(key); },
              .on_synced = [this] { told_refused_ = told_trouble_ = false; },
              .on_error = [this](const Error& error) { on_error(error); }}) {}

void PodInformer::start() {
  if (!std::exchange(started_, true)) watch_.start();
}

HandlePtr PodInformer::follow(const std::string& namespace_name, const std::string& daemonset,
                              std::function<void()> on_change) {
  std::string key = key_of(namespace_name, daemonset);
  groups_[key].on_change = std::move(on_change);
  return std::make_unique<Following>(*this, std::move(key));
}

const core::Pods& PodInformer::pods(const std::string& namespace_name,
                                    const std::string& daemonset) const {
  static const core::Pods none;
  const auto found = groups_.find(key_of(namespace_name, daemonset));
  return found == groups_.end() ? none : found->second.pods;
}

void PodInformer::on_pod(const json& pod) {
  const std::string daemonset = daemonset_of(pod);
  if (daemonset.empty() || (!scope_.daemonset.empty() && daemonset != scope_.daemonset)) return;
  const std::string space = string_at(pod, "/metadata/namespace"),
                    name = string_at(pod, "/metadata/name");
  Group& group = groups_[key_of(space, daemonset)];
  group_of_[key_of(space, name)] = &group;
  if (group.pods.put(name, core::summarize(pod)) && group.on_change) group.on_change();
}

void PodInformer::on_gone(const std::string& key) {
  const auto found = group_of_.find(key);
  if (found == group_of_.end()) return;
  Group& group = *found->second;
  group_of_.erase(found);
  group.pods.erase(std::string_view(key).substr(key.find('/') + 1));
  if (group.on_change) return group.on_change();
  for (auto it = groups_.begin(); it != groups_.end(); ++it)
    if (&it->second == &group) return drop_if_unused(it);
}

void PodInformer::drop_if_unused(Groups::iterator group) {
  if (!group->second.on_change && group->second.pods.size() == 0) groups_.erase(group);
}

void PodInformer::on_error(const Error& error) {
  if (error.http_status == 403) {
    if (watch_.is_refused() && !told_refused_) {
      told_refused_ = true;
      log::warn(
          "may not read pods, so it cannot be told which image fails on which node; add the "
          "rule to the Role",
          {{"rule", "apiGroups: [\"\"], resources: [pods], verbs: [list, watch]"}});
    }
  } else if (!told_trouble_) {
    told_trouble_ = true;
    log::debug("cannot follow pods; trying again", {{"error", error.message}});
  }
}

}  // namespace kip::runtime
