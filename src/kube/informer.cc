#include "kube/informer.h"

#include <utility>

#include "types/object.h"

namespace kip::kube {

Informer::Informer(http::Transport& transport, Scheduler& scheduler, Options options, Sink sink)
    : sink_(std::move(sink)),
      reflector_(transport, scheduler, std::move(options),
                 {.on_list = [this] { ++list_; },
                  .on_object =
                      [this](json& object) {
                        present_[object::key(object)] = {object::uid(object), list_};
                        sink_.on_object(object);
                      },
                  .on_unreadable =
                      [this](const std::string& key) {
                        const auto known = present_.find(key);
                        if (known != present_.end()) known->second.list = list_;
                      },
                  .on_deleted =
                      [this](const json& object) {
                        const std::string key = object::key(object);
                        if (present_.erase(key) > 0) sink_.on_gone(key, object::uid(object));
                      },
                  .on_listed =
                      [this] {
                        sweep();
                        sink_.on_synced();
                      },
                  .on_error = sink_.on_error}) {}

// What no page of the complete list had.
void Informer::sweep() {
  for (auto it = present_.begin(); it != present_.end();) {
    if (it->second.list == list_) {
      ++it;
      continue;
    }
    const std::string key = it->first, uid = it->second.uid;
    it = present_.erase(it);
    sink_.on_gone(key, uid);
  }
}

}  // namespace kip::kube
