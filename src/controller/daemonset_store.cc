#include "controller/daemonset_store.h"

#include <utility>

#include "base/log.h"
#include "kube/shape.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// What the watch does not tell of, as it has not our label, is read as often.
constexpr Duration unseen_pace = 30s;

// Bookkeeping of the server that nothing here reads; it can be larger than the rest.
json slim(json object) {
  object.erase("apiVersion");  // a list leaves both out
  object.erase("kind");
  object["metadata"].erase("managedFields");
  return object;
}

// What the API server cannot have stored: something else answers. Nothing is decided on it.
bool is_readable(const json& object) {
  return kube::shape_problem(object).empty() && !object::uid(object).empty() &&
         at(object, "/spec/selector/matchLabels").is_object() &&
         at(object, "/spec/template").is_object();
}

}  // namespace

DaemonSetStore::DaemonSetStore(kube::Client client, Scheduler& scheduler, DaemonSets& all,
                               const std::string& namespace_name, const std::string& name,
                               std::function<void()> on_change)
    : client_(client),
      scheduler_(scheduler),
      all_(all),
      daemonset_{kube::daemonsets, namespace_name, name},
      on_change_(std::move(on_change)),
      following_(all.follow(namespace_name, name, *this)) {
  if (all_.is_of_one_name() || all_.is_synced()) look();
}

void DaemonSetStore::on_object(json object) {
  if (!is_readable(object)) {
    return log::write(std::exchange(told_unreadable_, true) ? log::Level::debug : log::Level::warn,
                      "the API server sent an object that is not a DaemonSet; leaving it out",
                      {{"path", daemonset_.path()}});
  }
  told_unreadable_ = false;
  ++told_;
  put(std::move(object));
}

void DaemonSetStore::on_gone(const std::string& uid) {
  ++told_;
  gone_uid_ = uid;
  if (!object_.is_null() && object::uid(object_) != uid) return;  // an older one's
  // Where only our label is followed, one that has lost it is told of as gone, and is there.
  if (!all_.is_of_one_name()) return look();
  object_ = nullptr;
  on_change_();
}

void DaemonSetStore::on_synced(bool is_there) {
  is_known_ = true;
  // Either it was made by us, and deleted before the watch had told of it; or it was made after the
  // list was begun.
  if (!is_there && !object_.is_null() && all_.tells_of(object_)) return look();
  ++told_;
  on_change_();
}

void DaemonSetStore::put_answer(json object) {
  if (!is_readable(object)) return on_change_();
  const std::string uid = object::uid(object);
  const bool is_gone = !uid.empty() && uid == gone_uid_;
  const bool is_late =
      object::uid(object_) == uid &&
      kube::is_lower_version(object::resource_version(object), object::resource_version(object_));
  if (is_gone || is_late) return on_change_();
  put(std::move(object));
}

void DaemonSetStore::put_gone(const std::string& uid) {
  gone_uid_ = uid;
  if (object::uid(object_) == uid) object_ = nullptr;
}

void DaemonSetStore::put(json object) {
  if (at(object, "/spec") != at(object_, "/spec")) ++spec_revision_;
  object_ = slim(std::move(object));
  if (object::uid(object_) == gone_uid_) gone_uid_.clear();
  look_again_if_unseen();
  on_change_();
}

void DaemonSetStore::look_again_if_unseen() {
  timer_.reset();
  if (object_.is_null() || all_.tells_of(object_)) return;
  timer_ = scheduler_.after(unseen_pace, [this] { look(); });
}

void DaemonSetStore::look() {
  timer_.reset();
  look_ = client_.get(
      daemonset_, [this, told = told_](const kube::Answer& answer) { on_answer(answer, told); });
}

void DaemonSetStore::on_answer(const kube::Answer& answer, std::uint64_t told_before) {
  const HandlePtr ended = std::move(look_);
  const bool is_missing = !answer && kube::is_not_found(answer.error());
  if (!answer && !is_missing) return look_failed(answer.error());
  is_known_ = true;
  outage_.over();
  retry_.reset();
  // Nothing was told since it was asked for: whatever its resourceVersion, nothing is newer.
  const bool is_last_word = told_ == told_before;
  if (answer && is_last_word && is_readable(*answer)) return put(*answer);
  if (answer) return put_answer(*answer);
  if (is_last_word) object_ = nullptr;
  on_change_();
}

// What is known may be wrong until it is read, so it is asked for until there is an answer.
void DaemonSetStore::look_failed(const http::Error& error) {
  // Before anything is known of it, the list fails as well, and says so.
  if (is_known_) outage_.failed(error);
  timer_ = scheduler_.after(retry_.after(error, scheduler_.random()), [this] { look(); });
  on_change_();
}

}  // namespace kip::controller
