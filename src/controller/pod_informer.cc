#include "controller/pod_informer.h"

#include <utility>

#include "base/log.h"
#include "core/names.h"
#include "kube/errors.h"
#include "kube/outage.h"
#include "types/object.h"

namespace kip::controller {

namespace {

using namespace std::chrono_literals;

// Longer than an outage that the DaemonSet's watch has told of, mostly.
constexpr Duration patience = 2min;

std::string selector() {
  return std::string(core::name_label) + "=" + core::name_value + "," + core::test_label + "=" +
         core::test_value;
}

}  // namespace

class PodInformer::Following : public Handle {
 public:
  Following(PodInformer& all, Groups::iterator group, std::function<void()> on_change)
      : all_(all), group_(group) {
    group_->second.followers.emplace(this, std::move(on_change));
  }
  ~Following() override {
    group_->second.followers.erase(this);
    all_.drop_if_unused(group_);
  }

 private:
  PodInformer& all_;
  const Groups::iterator group_;
};

class PodInformer::FollowingNodes : public Handle {
 public:
  explicit FollowingNodes(PodInformer& all) : all_(all) {}
  ~FollowingNodes() override {
    all_.on_node_ = nullptr;
    all_.on_list_ = nullptr;
    all_.by_node_.reset();
  }

 private:
  PodInformer& all_;
};

void PodInformer::Group::changed() const {
  for (const auto& [follower, on_change] : followers) on_change();
}

PodInformer::PodInformer(http::Transport& transport, Scheduler& scheduler, Scope scope)
    : scheduler_(scheduler),
      scope_(std::move(scope)),
      informer_(
          transport, scheduler,
          {.collection = {kube::pods, scope_.namespace_name},
           .label_selector = selector(),
           .optional = true},
          {.on_object = [this](const json& pod) { on_pod(pod); },
           .on_gone = [this](const std::string& key, const std::string&) { leave_group(key); },
           .on_synced =
               [this] {
                 told_trouble_ = false;
                 trouble_since_.reset();
                 if (on_list_) on_list_();
               },
           .on_error = [this](const http::Error& error) { on_error(error); }}) {}

void PodInformer::start() {
  if (!std::exchange(started_, true)) informer_.start();
}

HandlePtr PodInformer::follow(const std::string& namespace_name, const std::string& daemonset,
                              std::function<void()> on_change) {
  const auto group = groups_.try_emplace(object::key(namespace_name, daemonset)).first;
  return std::make_unique<Following>(*this, group, std::move(on_change));
}

const core::Pods& PodInformer::pods(const std::string& namespace_name,
                                    const std::string& daemonset) const {
  static const core::Pods none;
  const auto found = groups_.find(object::key(namespace_name, daemonset));
  return found == groups_.end() ? none : found->second.pods;
}

HandlePtr PodInformer::follow_nodes(std::function<void(const std::string& node)> on_node,
                                    std::function<void()> on_list) {
  on_node_ = std::move(on_node);
  on_list_ = std::move(on_list);
  by_node_.emplace();
  for (const auto& [key, group] : groups_)
    for (const auto& [name, pod] : group.pods) by_node_->put(pod);
  return std::make_unique<FollowingNodes>(*this);
}

void PodInformer::tell_node(const std::string& node) const {
  if (on_node_) on_node_(node);
}

void PodInformer::on_pod(const json& pod) {
  const std::string daemonset = object::owner_of_kind(pod, "DaemonSet");
  const std::string space = object::namespace_name(pod), name = object::name(pod),
                    key = object::key(pod), group_key = object::key(space, daemonset);
  // It was orphaned, and perhaps adopted since: all of ours have one selector.
  const auto before = group_of_.find(key);
  if (before != group_of_.end() && before->second->first != group_key) leave_group(key);
  if (daemonset.empty() || (!scope_.daemonset.empty() && daemonset != scope_.daemonset)) return;
  const auto group = groups_.try_emplace(group_key).first;
  group_of_[key] = group;
  core::Pods& pods = group->second.pods;
  const core::PodSummary* const kept = by_node_ ? pods.find(name) : nullptr;
  if (kept != nullptr) by_node_->erase(*kept);  // which may be of no node yet
  const bool is_news = pods.put(name, core::summarize(pod));
  if (by_node_) by_node_->put(*pods.find(name));
  if (!is_news) return;
  group->second.changed();
  if (by_node_) tell_node(std::string(pods.find(name)->node));
}

void PodInformer::leave_group(const std::string& key) {
  const auto found = group_of_.find(key);
  if (found == group_of_.end()) return;
  const auto group = found->second;
  group_of_.erase(found);
  const auto name = std::string_view(key).substr(key.find('/') + 1);
  std::string node;
  if (const auto* pod = by_node_ ? group->second.pods.find(name) : nullptr; pod != nullptr) {
    node = pod->node;
    by_node_->erase(*pod);
  }
  group->second.pods.erase(name);
  group->second.changed();
  if (by_node_) tell_node(node);
  drop_if_unused(group);
}

void PodInformer::drop_if_unused(Groups::iterator group) {
  if (group->second.followers.empty() && group->second.pods.size() == 0) groups_.erase(group);
}

void PodInformer::on_error(const http::Error& error) {
  if (!trouble_since_) trouble_since_ = scheduler_.now();
  // Not by a list: where only the watch is refused, each list succeeds.
  if (!informer_.is_refused()) told_refused_ = false;
  if (kube::is_forbidden(error) && informer_.is_refused() && !std::exchange(told_refused_, true)) {
    kube::warn_of_missing_rule(
        "may not read pods, so it cannot be told which image fails on which node; add the "
        "rule to the Role",
        "apiGroups: [\"\"], resources: [pods], verbs: [list, watch]");
  }
  // The DaemonSet's watch tells of an outage; here, of what is of the pods alone.
  const bool is_long = scheduler_.now() - *trouble_since_ >= patience;
  if (kube::is_forbidden(error)) return;
  const bool is_news = is_long && !std::exchange(told_trouble_, true);
  log::write(is_news ? log::Level::warn : log::Level::debug,
             "cannot follow the pods, so trouble on nodes is not told; trying again",
             {{"error", error.message}});
}

}  // namespace kip::controller
