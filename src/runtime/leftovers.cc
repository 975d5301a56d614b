#include "runtime/leftovers.h"

#include <algorithm>

#include "base/log.h"
#include "core/names.h"
#include "kube/api.h"

namespace kip::runtime {

std::deque<Leftover> leftovers(const json& list, const config::Settings& settings,
                               const core::Owner& owner) {
  std::deque<Leftover> found;
  for (const auto& daemonset : array_at(list, "/items")) {
    const std::string name = string_at(daemonset, "/metadata/name");
    const json& labels = object_at(daemonset, "/metadata/labels");
    const json& owners = array_at(daemonset, "/metadata/ownerReferences");
    const bool is_owned = std::any_of(owners.begin(), owners.end(), [&](const json& other) {
      return string_at(other, "/uid") == owner.uid;
    });
    if (name != settings.daemonset_name && is_owned &&
        labels.value(core::managed_by_label, json()) == core::managed_by_value)
      found.push_back({name, string_at(daemonset, "/metadata/uid")});
  }
  return found;
}

void Leftovers::remove(const config::Settings& settings, const core::Owner& owner) {
  started_ = true;
  settings_ = settings;
  owner_ = owner;
  look();
}

void Leftovers::look() {
  const std::string selector = std::string(core::managed_by_label) + "=" + core::managed_by_value;
  call_ = kube::call(transport_,
                     {"GET", kube::daemonsets_path(settings_.namespace_name) +
                                 "?labelSelector=" + kube::percent_encoded(selector)},
                     [this](Result<json> list) {
                       if (!list) return again(list.error());
                       found_ = leftovers(*list, settings_, owner_);
                       remove_next();
                     });
}

void Leftovers::remove_next() {
  if (found_.empty()) return;
  const Leftover next = found_.front();
  const json options = {{"apiVersion", "v1"},
                        {"kind", "DeleteOptions"},
                        {"propagationPolicy", "Background"},
                        {"preconditions", {{"uid", next.uid}}}};
  call_ = kube::call(
      transport_,
      {"DELETE", kube::daemonsets_path(settings_.namespace_name) + "/" + next.name,
       to_text(options)},
      [this, next](Result<json> answer) {
        // 404 and 409: it is gone, or another one has the name by now.
        if (!answer && answer.error().http_status != 404 && answer.error().http_status != 409)
          return again(answer.error());
        log::info("deleted the DaemonSet of an earlier DAEMONSET_NAME", {{"daemonset", next.name}});
        found_.pop_front();
        remove_next();
      });
}

void Leftovers::again(const Error& error) {
  log::debug("cannot look for DaemonSets of earlier names; trying again",
             {{"error", error.message}});
  timer_ = scheduler_.after(backoff_.next(error, scheduler_.random()), [this] { look(); });
}

}  // namespace kip::runtime
