#include "controller/warm_lists.h"

#include <optional>
#include <utility>

#include "base/log.h"
#include "kube/errors.h"
#include "types/object.h"

namespace kip::controller {

WarmLists::WarmLists(http::Transport& transport, Scheduler& scheduler,
                     const std::string& namespace_name, const std::string& daemonset_name,
                     const SourcesFor& whom)
    : scheduler_(scheduler),
      whom_(whom),
      informer_(transport, scheduler,
                {.collection = {kube::configmaps, namespace_name},
                 .label_selector =
                     std::string(core::warm_list_label) + "=" + core::of_daemonset(daemonset_name),
                 .optional = true},
                {.on_object = [this](const json& configmap) { put(configmap); },
                 .on_gone = [this](const std::string& key, const std::string&) { gone(key); },
                 .on_synced =
                     [this] {
                       outage_.over();
                       is_refused_ = false;
                       on_change_();
                     },
                 .on_error = [this](const http::Error& error) { on_error(error); }}) {}

void WarmLists::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
  informer_.start();
}

void WarmLists::put(const json& configmap) {
  const std::string key = object::key(configmap);
  auto list = core::read_warm_list(configmap);
  if (!list) {
    log::warn("a temporary list cannot be read; leaving it out",
              {{"configmap", key}, {"because", list.error().message}});
    return gone(key);
  }
  const auto known = lists_.find(key);
  if (known != lists_.end() && known->second == *list) return;
  if (list->until > scheduler_.wall_now())
    log::info(
        "taking a temporary list",
        {{"configmap", key}, {"images", list->images.size()}, {"until", to_rfc3339(list->until)}});
  else if (informer_.is_synced())
    log::warn(
        "a temporary list has expired before it came; are the clocks right where it was written "
        "and here?",
        {{"configmap", key},
         {"until", to_rfc3339(list->until)},
         {"now", to_rfc3339(scheduler_.wall_now())}});
  lists_.insert_or_assign(key, *std::move(list));
  watch_expiry();
  on_change_();
}

void WarmLists::gone(const std::string& key) {
  if (lists_.erase(key) == 0) return;
  log::info("a temporary list is gone", {{"configmap", key}});
  on_change_();
}

void WarmLists::on_error(const http::Error& error) {
  if (!kube::is_forbidden(error)) return outage_.failed(error);
  if (!informer_.is_refused()) return;
  is_refused_ = true;
  if (!std::exchange(told_refused_, true))
    whom_.tell_missing(
        "may not follow the temporary lists, so `warm` waits in vain; add the rule to the Role",
        "apiGroups: [\"\"], resources: [configmaps], verbs: [list, watch]");
  on_change_();  // it is known now
}

void WarmLists::watch_expiry() {
  std::optional<WallTime> next;
  const WallTime now = scheduler_.wall_now();
  for (const auto& [key, list] : lists_)
    if (list.until > now && (!next || list.until < *next)) next = list.until;
  expiry_.reset();
  if (!next) return;
  expiry_ = scheduler_.after(wait_for(scheduler_, *next), [this, now] {
    const HandlePtr ended = std::move(expiry_);
    const WallTime at = scheduler_.wall_now();
    for (const auto& [key, list] : lists_)
      if (list.until <= at && list.until > now)
        log::info("a temporary list has expired", {{"configmap", key}});
    watch_expiry();
    on_change_();
  });
}

std::vector<std::string> WarmLists::troubles() const {
  if (!is_refused_) return {};
  return {"may not list and watch configmaps, so that no temporary list is followed"};
}

std::vector<WantedImage> WarmLists::images() const {
  std::vector<WantedImage> images;
  const WallTime now = scheduler_.wall_now();
  for (const auto& [key, list] : lists_)
    if (list.until > now) images.insert(images.end(), list.images.begin(), list.images.end());
  return images;
}

}  // namespace kip::controller
