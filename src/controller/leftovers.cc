#include "controller/leftovers.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/news.h"
#include "core/ownership.h"
#include "kube/api.h"

namespace kip::controller {

bool is_made_for(const json& daemonset, const core::Owner& owner) {
  return core::is_owned_by(daemonset, owner.uid) && core::has_our_label(daemonset);
}

void Leftovers::look_once(const config::Settings& settings, const core::Owner& owner) {
  if (!std::exchange(looked_, true)) look(settings.daemonset_name, owner, "");
}

void Leftovers::look(const std::string& daemonset_name, const core::Owner& owner,
                     const std::string& continue_token) {
  http::Request request{"GET", kube::daemonsets_path(namespace_name_) + "?limit=20&labelSelector=" +
                                   kube::percent_encoded(core::our_label_selector())};
  if (!continue_token.empty()) request.path += "&continue=" + kube::percent_encoded(continue_token);
  request.accept = kube::accept_metadata_list;
  call_ = kube::call(
      transport_, std::move(request), [this, daemonset_name, owner](const Result<json>& list) {
        const HandlePtr ended = std::move(call_);
        if (list) return on_page(*list, daemonset_name, owner);
        again(list.error(), [this, daemonset_name, owner] { look(daemonset_name, owner, ""); });
      });
}

void Leftovers::on_page(const json& list, const std::string& daemonset_name,
                        const core::Owner& owner) {
  for (const auto& each : array_at(list, "/items")) {
    const std::string name = string_at(each, "/metadata/name");
    if (name != daemonset_name && is_made_for(each, owner))
      add({name, string_at(each, "/metadata/uid")});
  }
  const std::string more = string_at(list, "/metadata/continue");
  if (!more.empty()) return look(daemonset_name, owner, more);
  remove_next();
}

void Leftovers::add(Leftover leftover) {
  if (std::find(found_.begin(), found_.end(), leftover) != found_.end()) return;
  found_.push_back(std::move(leftover));
  remove_next();
}

void Leftovers::start() {
  if (!std::exchange(started_, true)) remove_next();
}

void Leftovers::remove_next() {
  if (!started_ || found_.empty() || call_ || timer_) return;
  const Leftover next = found_.front();
  call_ = kube::call(
      transport_,
      {"DELETE", kube::daemonsets_path(namespace_name_) + "/" + kube::percent_encoded(next.name),
       kube::delete_options(next.uid)},
      [this, next](const Result<json>& answer) {
        const HandlePtr ended = std::move(call_);
        // 404 and 409: it is gone, or another one has the name by now.
        if (!answer && answer.error().http_status != 404 && answer.error().http_status != 409) {
          std::rotate(found_.begin(), found_.begin() + 1, found_.end());  // the others first
          return again(answer.error(), [this] { remove_next(); });
        }
        backoff_.reset();
        log::info("deleted the DaemonSet of an earlier DAEMONSET_NAME", {{"daemonset", next.name}});
        std::erase(found_, next);
        remove_next();
      });
}

void Leftovers::again(const Error& error, std::function<void()> what) {
  tell_news(last_error_, "cannot remove DaemonSets of earlier names; trying again", error);
  timer_ =
      scheduler_.after(backoff_.next(error, scheduler_.random()), [this, what = std::move(what)] {
        const HandlePtr ended = std::move(timer_);
        what();
      });
}

}  // namespace kip::controller
