#include "runtime/daemonset_store.h"

#include "base/log.h"
#include "kube/api.h"

namespace kip::runtime {

namespace {

// Bookkeeping of the server that nothing here reads; it can be larger than the rest.
json slim(json object) {
  if (object.contains("metadata")) object["metadata"].erase("managedFields");
  return object;
}

// As numbers: etcd's revisions only grow. What is no number is taken for newer.
bool is_older(const json& object, const json& than) {
  const std::string mine = string_at(object, "/metadata/resourceVersion"),
                    other = string_at(than, "/metadata/resourceVersion");
  const auto is_number = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!is_number(mine) || !is_number(other)) return false;
  return mine.size() != other.size() ? mine.size() < other.size() : mine < other;
}

}  // namespace

DaemonSetStore::DaemonSetStore(kube::Transport& transport, Scheduler& scheduler,
                               std::string namespace_name, std::string name,
                               std::function<void()> on_change)
    : transport_(transport),
      path_(kube::daemonsets_path(namespace_name) + "/" + kube::percent_encoded(name)),
      on_change_(std::move(on_change)),
      watch_(transport, scheduler,
             {.path = kube::daemonsets_path(namespace_name),
              .field_selector = "metadata.name=" + name},
             {.on_object = [this](const json& object) { put(object); },
              .on_gone =
                  [this](const std::string&, const std::string& uid) {
                    gone_uid_ = uid;
                    if (string_at(object_, "/metadata/uid") != uid) return;  // an older one's end
                    object_ = nullptr;
                    on_change_();
                  },
              .on_synced =
                  [this, name] {
                    // Made by us, and deleted before the watch had told of it.
                    if (!watch_.has(name)) object_ = nullptr;
                    if (told_trouble_) log::info("following the DaemonSet again");
                    told_trouble_.reset();
                    on_change_();
                  },
              .on_error =
                  [this](const Error& error) {
                    // Once an outage: the tries come twice a second while nobody answers. Another
                    // status is other news: a token that ended, after a connection that broke.
                    const bool is_news = told_trouble_ != error.http_status;
                    log::write(is_news ? log::Level::warn : log::Level::debug,
                               "cannot follow the DaemonSet; trying again",
                               {{"error", error.message}});
                    told_trouble_ = error.http_status;
                  }}) {}

void DaemonSetStore::start() { watch_.start(); }

void DaemonSetStore::put_answer(json object) {
  const std::string uid = string_at(object, "/metadata/uid");
  const bool is_gone = !uid.empty() && uid == gone_uid_;
  const bool is_late = string_at(object_, "/metadata/uid") == uid && is_older(object, object_);
  if (is_gone || is_late) return on_change_();
  put(std::move(object));
}

void DaemonSetStore::put(json object) {
  object_ = slim(std::move(object));
  if (told_trouble_) log::info("following the DaemonSet again");
  told_trouble_.reset();
  on_change_();
}

void DaemonSetStore::look() {
  look_ = kube::call(transport_, {"GET", path_}, [this](Result<json> answer) {
    if (answer) return put_answer(std::move(*answer));
    if (answer.error().http_status != 404) {
      log::warn("cannot read the DaemonSet", {{"error", answer.error().message}});
    } else {
      object_ = nullptr;
    }
    on_change_();
  });
}

}  // namespace kip::runtime
