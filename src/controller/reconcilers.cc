#include "controller/reconcilers.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "core/groups.h"
#include "core/placement.h"
#include "types/object.h"

namespace kip::controller {

namespace {

// As the settings ask for it. A refresh that waits changes no image.
bool is_steady(const Reconciler& reconciler) {
  const std::string& reason = reconciler.finding().reason;
  return reason == core::reasons::steady.name || reason == core::reasons::refresh_waits.name;
}

}  // namespace

Reconcilers::Reconcilers(http::Transport& transport, Scheduler& scheduler, Informers informers,
                         config::Settings settings, std::unique_ptr<Surroundings> surroundings)
    : transport_(transport),
      scheduler_(scheduler),
      informers_(informers),
      surroundings_(std::move(surroundings)),
      leftovers_(transport, scheduler, settings.namespace_name, *surroundings_, informers.pods,
                 {.settings = [this]() -> const config::Settings& { return this->settings(); },
                  .has = [this](const std::string& name) { return has(name); },
                  .takers = [this] { return takers(); }}) {
  if (!core::is_one_daemonset(settings)) whole_ = settings;
  auto groups = core::groups_of(std::move(settings));
  for (auto& group : groups) make(std::move(group), groups.size() > 1);
}

void Reconcilers::make(config::Settings group, bool is_one_of_several) {
  const std::string name = group.daemonset_name;
  if (is_one_of_several)
    log::info(
        "keeping the images of these pull secrets and nodes in a DaemonSet of their own",
        {{"images", group.images.size()},
         {"secrets", group.image_pull_secrets.empty() ? "none" : joined(group.image_pull_secrets)},
         {"nodes", text_of(core::placement_of(group))},
         {"daemonset", name},
         {"namespace", group.namespace_name}});
  Member& member = members_[name];
  if (is_one_of_several) member.group = group;
  member.reconciler = std::make_unique<Reconciler>(transport_, scheduler_, informers_,
                                                   std::move(group), surroundings_.view());
  member.reconciler->before_plan([this, name] { before_plan(name); });
  member.reconciler->on_pass([this, name] { after_pass(name); });
}

void Reconcilers::start() {
  if (std::exchange(is_started_, true)) return;
  leftovers_.start();
  for (auto& [name, member] : members_) member.reconciler->start();
  look_around();
}

void Reconcilers::look_around() {
  if (std::exchange(is_looking_, true)) return;
  surroundings_.start([this] {
    if (surroundings_listener_) surroundings_listener_();
  });
}

const config::Settings& Reconcilers::settings() const {
  return whole_ ? *whole_ : members_.begin()->second.reconciler->settings();
}

const config::Settings& Reconcilers::group_of(const Member& member) const {
  return members_.size() > 1 ? member.group : member.reconciler->settings();
}

const Reconcilers::Member* Reconcilers::find(const std::string& daemonset_name) const {
  const auto found = members_.find(daemonset_name);
  return found == members_.end() ? nullptr : &found->second;
}

void Reconcilers::update(config::Settings settings) {
  whole_.reset();
  if (!core::is_one_daemonset(settings)) whole_ = settings;
  std::map<std::string, config::Settings> groups;
  for (auto& group : core::groups_of(std::move(settings))) {
    std::string name = group.daemonset_name;
    groups.emplace(std::move(name), std::move(group));
  }
  // What is asked for no more goes when its images are elsewhere.
  std::vector<json> left;
  std::erase_if(members_, [&](const auto& entry) {
    if (groups.contains(entry.first)) return false;
    left.push_back(entry.second.reconciler->daemonset());
    return true;
  });
  const bool are_several = groups.size() > 1;
  for (auto& [name, group] : groups) {
    const auto found = members_.find(name);
    if (found == members_.end()) {
      leftovers_.forget(name);
      make(std::move(group), are_several);
      if (is_started_) members_.at(name).reconciler->start();
      continue;
    }
    Member& member = found->second;
    member.group = are_several ? group : config::Settings();
    // What it keeps is put back before its next plan.
    if (group != member.reconciler->settings()) member.reconciler->update(std::move(group));
  }
  for (const auto& daemonset : left) leftovers_.put(daemonset);
  for (auto& [name, member] : members_) member.reconciler->look_again();
}

std::vector<core::Taker> Reconcilers::takers() const {
  std::vector<core::Taker> takers;
  takers.reserve(members_.size());
  for (const auto& [name, member] : members_) {
    const Reconciler& reconciler = *member.reconciler;
    takers.push_back({group_of(member), reconciler.daemonset(), is_steady(reconciler),
                      reconciler.rollout(), reconciler.pods()});
  }
  return takers;
}

config::Settings Reconcilers::settings_now(const Member& member, bool& keeps) const {
  const Reconciler& reconciler = *member.reconciler;
  auto kept =
      core::kept_images({member.group.daemonset_name, reconciler.daemonset(), reconciler.pods()},
                        takers(), informers_.pods.is_known(), scheduler_.wall_now());
  keeps = !kept.empty();
  return core::with_kept(member.group, std::move(kept), reconciler.daemonset());
}

// What others are to have of its images it keeps until they have them.
void Reconcilers::before_plan(const std::string& daemonset_name) {
  if (members_.size() < 2) return;
  Member& member = members_.at(daemonset_name);
  auto settings = settings_now(member, member.keeps);
  if (settings != member.reconciler->settings()) member.reconciler->update(std::move(settings));
}

void Reconcilers::after_pass(const std::string& daemonset_name) {
  if (pass_listener_) pass_listener_();
  if (is_stopping_) return;
  for (const auto& [name, member] : members_) {
    if (!member.keeps || name == daemonset_name) continue;
    bool keeps = false;
    if (settings_now(member, keeps) != member.reconciler->settings())
      member.reconciler->look_again();
  }
  leftovers_.remove_free();
  if (are_rolled_out()) leftovers_.look_once(informers_.daemonsets.is_of_one_name());
}

bool Reconcilers::has_looked() const {
  return std::all_of(members_.begin(), members_.end(), [](const auto& entry) {
    return !entry.second.reconciler->finding().reason.empty();
  });
}

bool Reconcilers::are_owned_by(const std::string& uid) const {
  return std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
    return object::is_owned_by(entry.second.reconciler->daemonset(), uid);
  });
}

bool Reconcilers::are_rolled_out() const {
  return std::all_of(members_.begin(), members_.end(), [](const auto& entry) {
    const Reconciler& reconciler = *entry.second.reconciler;
    return reconciler.finding().reason == core::reasons::steady.name &&
           reconciler.rollout().is_rolled_out();
  });
}

core::PullerStatus Reconcilers::status() const {
  if (members_.size() == 1) return members_.begin()->second.reconciler->status();
  std::vector<core::PullerStatus> parts;
  std::vector<std::string> names;
  for (const auto& [name, member] : members_) {
    names.push_back(name);
    parts.push_back(member.reconciler->status());
  }
  return core::merged(std::move(parts), names, settings().images);
}

std::vector<json> Reconcilers::what_is_there() const {
  std::vector<json> list;
  for (const auto& [name, member] : members_)
    if (const json& daemonset = member.reconciler->daemonset(); !daemonset.is_null())
      list.push_back(daemonset);
  for (const auto& [name, daemonset] : leftovers_.all()) list.push_back(daemonset);
  return list;
}

void Reconcilers::shut_down(std::function<void()> done) {
  if (std::exchange(is_stopping_, true)) return;
  shutdown_done_ = std::move(done);
  leftovers_.stop();
  at_work_ = members_.size();
  for (auto& [name, member] : members_)
    member.reconciler->shut_down([this] {
      if (--at_work_ == 0) leftovers_.shut_down(shutdown_done_);
    });
}

}  // namespace kip::controller
