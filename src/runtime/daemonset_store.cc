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

void DaemonSetStore::put(json object) {
  object_ = slim(std::move(object));
  if (told_trouble_) log::info("following the DaemonSet again");
  told_trouble_.reset();
  on_change_();
}

void DaemonSetStore::look() {
  look_ = kube::call(transport_, {"GET", path_}, [this](Result<json> answer) {
    if (answer) return put(std::move(*answer));
    if (answer.error().http_status != 404) {
      log::warn("cannot read the DaemonSet", {{"error", answer.error().message}});
    } else {
      object_ = nullptr;
    }
    on_change_();
  });
}

}  // namespace kip::runtime
