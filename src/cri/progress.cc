#include "cri/progress.h"

#include <utility>
#include <vector>

#include "cri/methods.h"
#include "rpc/channel.h"

namespace kip::cri {

namespace {

// An answer costs containerd a millisecond; people see no more than this.
constexpr Duration between_polls = std::chrono::milliseconds{500};
// A containerd that unpacks is slow to answer.
constexpr Duration answered_within = std::chrono::seconds{10};

}  // namespace

class ProgressPoller::WatchHandle : public Handle {
 public:
  WatchHandle(ProgressPoller& of, std::string lease) : of_(of), lease_(std::move(lease)) {}
  ~WatchHandle() override { of_.end(lease_); }

 private:
  ProgressPoller& of_;
  const std::string lease_;
};

HandlePtr ProgressPoller::watch(const std::string& lease, OnProgress changed) {
  if (!is_known_ || watches_.contains(lease)) return nullptr;
  watches_[lease] = {std::move(changed)};
  layers_.begin(lease);
  if (!next_) ask_later();
  return std::make_unique<WatchHandle>(*this, lease);
}

void ProgressPoller::end(const std::string& lease) {
  watches_.erase(lease);
  layers_.end(lease);
  if (watches_.empty()) next_.reset();
}

void ProgressPoller::ask_later() {
  next_ = scheduler_.after(between_polls, [this] { ask(); });
}

void ProgressPoller::ask() {
  next_ = channel_.call(method::list_statuses, {}, {answered_within}, [this](const auto& answer) {
    if (!answer && answer.error().code == Code::unimplemented) {
      is_known_ = false;
      next_.reset();
    } else if (answer && layers_.update(*answer)) {
      ask_lease(layers_.leases());
    } else {
      tell();
    }
  });
}

// One after the other: there are as many as pulls at once.
void ProgressPoller::ask_lease(std::vector<std::string> remaining) {
  if (remaining.empty()) return tell();
  std::string lease = std::move(remaining.back());
  remaining.pop_back();
  leases::ListResourcesRequest request;
  request.set_id(lease);
  next_ = channel_.call(method::lease_resources, request, {answered_within},
                        [this, lease, rest = std::move(remaining)](const auto& answer) {
                          if (answer) layers_.claim(lease, *answer);
                          ask_lease(rest);
                        });
}

void ProgressPoller::tell() {
  ask_later();
  for (const auto& lease : layers_.leases()) {
    const auto watch = watches_.find(lease);
    if (watch == watches_.end()) continue;  // what was told before ended it
    const auto now = layers_.of(lease);
    if (now == watch->second.told) continue;
    watch->second.told = now;
    const auto changed = watch->second.changed;  // it may end its watch
    changed(now);
  }
}

}  // namespace kip::cri
