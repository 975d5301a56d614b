#include "controller/pruner.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "core/ownership.h"
#include "types/object.h"

namespace kip::controller {

Pruner::Pruner(kube::Client client, Scheduler& scheduler, std::string namespace_name, Sink sink)
    : client_(client),
      daemonsets_{kube::daemonsets, std::move(namespace_name)},
      sink_(std::move(sink)),
      reading_(scheduler,
               {.trouble = "cannot look for DaemonSets of earlier settings; trying again"}),
      writing_(scheduler, {.trouble = "cannot remove DaemonSets of earlier settings; trying again",
                           .on_failure = [this](const http::Error&) {  // the others first
                             if (!leftovers_.empty())
                               std::rotate(leftovers_.begin(), leftovers_.begin() + 1,
                                           leftovers_.end());
                           }}) {}

void Pruner::look_once(const std::string& name, bool everywhere) {
  if (std::exchange(looked_, true)) return;
  if (!name.empty()) to_read_.push_back(name);
  everywhere ? look("") : read_next();
}

void Pruner::look(const std::string& continue_token) {
  std::string page =
      daemonsets_.path() + "?limit=20&labelSelector=" + percent_encoded(core::our_label_selector());
  if (!continue_token.empty()) page += "&continue=" + percent_encoded(continue_token);
  reading_.ask(
      [this, page](kube::Client::Done done) {
        return client_.list_metadata(page, std::move(done));
      },
      [this](const kube::Answer& list) {
        if (list) return on_page(*list);
        looked_ = false;  // not found, as no server says of a collection: at the next pass
        read_next();
      });
}

void Pruner::on_page(const json& list) {
  for (const auto& each : array_at(list, "/items"))
    if (sink_.may_be_one(each)) to_read_.push_back(object::name(each));
  const std::string more = string_at(list, "/metadata/continue");
  more.empty() ? read_next() : look(more);
}

void Pruner::read_next() {
  if (to_read_.empty()) return;
  const kube::ObjectReference next{daemonsets_.resource, daemonsets_.namespace_name,
                                   std::move(to_read_.back())};
  to_read_.pop_back();
  reading_.ask([this, next](kube::Client::Done done) { return client_.get(next, std::move(done)); },
               [this](const kube::Answer& answer) {
                 if (answer) sink_.on_daemonset(*answer);
                 read_next();
               });
}

void Pruner::remove(Leftover leftover) {
  if (std::find(leftovers_.begin(), leftovers_.end(), leftover) == leftovers_.end())
    leftovers_.push_back(std::move(leftover));
  remove_next();
}

void Pruner::forget(const std::string& name) {
  std::erase_if(leftovers_, [&](const Leftover& each) { return each.name == name; });
}

void Pruner::remove_next() {
  if (leftovers_.empty()) {
    if (idle_listener_) idle_listener_();
    return;
  }
  if (writing_.is_busy()) return;
  writing_.ask_to_write(
      [this](kube::Client::Done done) -> HandlePtr {
        if (leftovers_.empty()) return nullptr;  // forgotten
        removing_ = leftovers_.front();
        return client_.remove({daemonsets_.resource, daemonsets_.namespace_name, removing_.name},
                              removing_.uid, std::move(done));
      },
      // Not found, or a conflict: it is gone, or another one has the name by now.
      [this](const kube::Answer&) {
        log::info("deleted a DaemonSet that the settings ask for no more",
                  {{"daemonset", removing_.name}, {"namespace", daemonsets_.namespace_name}});
        std::erase(leftovers_, removing_);
        remove_next();
      });
}

}  // namespace kip::controller
