#include "controller/pruner.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "core/ownership.h"
#include "types/object.h"

namespace kip::controller {

Pruner::Pruner(kube::Client client, Scheduler& scheduler, std::string namespace_name)
    : client_(client),
      daemonsets_{kube::daemonsets, std::move(namespace_name)},
      poll_(scheduler, {.trouble = "cannot remove DaemonSets of earlier names; trying again",
                        .on_failure = [this](const http::Error&) {  // the others first
                          if (!found_.empty())
                            std::rotate(found_.begin(), found_.begin() + 1, found_.end());
                        }}) {}

bool is_made_for(const json& daemonset, const core::OwnerReference& owner) {
  return object::is_owned_by(daemonset, owner.uid) && core::has_our_label(daemonset);
}

void Pruner::look_once(const config::Settings& settings, const core::OwnerReference& owner) {
  if (!std::exchange(looked_, true)) look(settings.daemonset_name, owner, "");
}

void Pruner::look(const std::string& daemonset_name, const core::OwnerReference& owner,
                  const std::string& continue_token) {
  std::string page =
      daemonsets_.path() + "?limit=20&labelSelector=" + percent_encoded(core::our_label_selector());
  if (!continue_token.empty()) page += "&continue=" + percent_encoded(continue_token);
  poll_.ask([this, page](
                kube::Client::Done done) { return client_.list_metadata(page, std::move(done)); },
            [this, daemonset_name, owner](const kube::Answer& list) {
              if (list) return on_page(*list, daemonset_name, owner);
              looked_ = false;  // not found, as no server says of a collection: at the next pass
              remove_next();
            });
}

void Pruner::on_page(const json& list, const std::string& daemonset_name,
                     const core::OwnerReference& owner) {
  for (const auto& each : array_at(list, "/items")) {
    const std::string name = object::name(each);
    if (name != daemonset_name && is_made_for(each, owner)) keep({name, object::uid(each)});
  }
  const std::string more = string_at(list, "/metadata/continue");
  if (!more.empty()) return look(daemonset_name, owner, more);
  remove_next();
}

void Pruner::keep(Leftover leftover) {
  if (std::find(found_.begin(), found_.end(), leftover) == found_.end())
    found_.push_back(std::move(leftover));
}

void Pruner::add(Leftover leftover) {
  keep(std::move(leftover));
  remove_next();
}

void Pruner::start() {
  if (!std::exchange(started_, true)) remove_next();
}

void Pruner::remove_next() {
  if (!started_ || found_.empty() || poll_.is_busy()) return;
  poll_.ask_to_write(
      [this](kube::Client::Done done) {
        removing_ = found_.front();
        return client_.remove({daemonsets_.resource, daemonsets_.namespace_name, removing_.name},
                              removing_.uid, std::move(done));
      },
      // Not found, or a conflict: it is gone, or another one has the name by now.
      [this](const kube::Answer&) {
        log::info("deleted the DaemonSet of an earlier DAEMONSET_NAME",
                  {{"daemonset", removing_.name}});
        std::erase(found_, removing_);
        remove_next();
      });
}

}  // namespace kip::controller
