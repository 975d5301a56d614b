#include "runtime/leftovers.h"

#include <algorithm>

#include "base/log.h"
#include "core/names.h"
#include "core/ownership.h"
#include "kube/api.h"

namespace kip::runtime {

bool is_made_for(const json& daemonset, const core::Owner& owner) {
  return core::is_owned_by(daemonset, owner.uid) &&
         object_at(daemonset, "/metadata/labels").value(core::managed_by_label, json()) ==
             core::managed_by_value;
}

void Leftovers::look_once(const config::Settings& settings, const core::Owner& owner) {
  if (!std::exchange(looked_, true)) look(settings.daemonset_name, owner);
}

void Leftovers::look(const std::string& daemonset_name, const core::Owner& owner) {
  const std::string selector = std::string(core::managed_by_label) + "=" + core::managed_by_value;
  call_ = kube::call(transport_,
                     {"GET", kube::daemonsets_path(namespace_name_) +
                                 "?labelSelector=" + kube::percent_encoded(selector)},
                     [this, daemonset_name, owner](const Result<json>& list) {
                       const HandlePtr ended = std::move(call_);
                       if (!list)
                         return again(list.error(), [this, daemonset_name, owner] {
                           look(daemonset_name, owner);
                         });
                       for (const auto& each : array_at(*list, "/items")) {
                         const std::string name = string_at(each, "/metadata/name");
                         if (name != daemonset_name && is_made_for(each, owner))
                           found_.push_back({name, string_at(each, "/metadata/uid")});
                       }
                       remove_next();
                     });
}

void Leftovers::add(Leftover leftover) {
  if (std::find(found_.begin(), found_.end(), leftover) != found_.end()) return;
  found_.push_back(std::move(leftover));
  if (started_) remove_next();
}

void Leftovers::start() {
  if (!std::exchange(started_, true)) remove_next();
}

void Leftovers::remove_next() {
  if (found_.empty() || call_ || timer_) return;
  const Leftover next = found_.back();
  call_ = kube::call(
      transport_,
      {"DELETE", kube::daemonsets_path(namespace_name_) + "/" + kube::percent_encoded(next.name),
       kube::delete_options(next.uid)},
      [this, next](const Result<json>& answer) {
        const HandlePtr ended = std::move(call_);
        // 404 and 409: it is gone, or another one has the name by now.
        if (!answer && answer.error().http_status != 404 && answer.error().http_status != 409)
          return again(answer.error(), [this] { remove_next(); });
        log::info("deleted the DaemonSet of an earlier DAEMONSET_NAME", {{"daemonset", next.name}});
        std::erase(found_, next);
        remove_next();
      });
}

void Leftovers::again(const Error& error, std::function<void()> what) {
  log::debug("cannot look for DaemonSets of earlier names; trying again",
             {{"error", error.message}});
  timer_ =
      scheduler_.after(backoff_.next(error, scheduler_.random()), [this, what = std::move(what)] {
        const HandlePtr ended = std::move(timer_);
        what();
      });
}

}  // namespace kip::runtime
