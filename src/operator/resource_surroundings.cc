#include "operator/resource_surroundings.h"

#include "base/news.h"
#include "kube/api.h"
#include "operator/custom_resource.h"

namespace kip::operators {

ResourceSurroundings::ResourceSurroundings(http::Transport& transport, Scheduler& scheduler,
                                           const Cluster& cluster, const json& resource,
                                           std::function<std::set<std::string>()> predecessors)
    : transport_(transport),
      scheduler_(scheduler),
      predecessors_(std::move(predecessors)),
      resource_(resource) {
  facts_.openshift = cluster.openshift;
  facts_.own_image = cluster.own_image;
  facts_.owner = owner_of(resource);
}

void ResourceSurroundings::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
}

// A DaemonSet that went with its resource must not be made again, and the watch may be behind.
void ResourceSurroundings::look_at_owner() {
  timer_.reset();
  call_ = kube::call(transport_, {"GET", path_of(resource_)},
                     [this](const Result<json>& answer) { on_resource(answer); });
}

void ResourceSurroundings::on_resource(const Result<json>& answer) {
  if (!answer && answer.error().http_status != 404) {
    tell_news(last_error_, "cannot read the custom resource; trying again", answer.error());
    timer_ = scheduler_.after(backoff_.next(answer.error(), scheduler_.random()),
                              [this] { look_at_owner(); });
    return;
  }
  backoff_.reset();
  const bool is_there = answer && !has(*answer, "/metadata/deletionTimestamp") &&
                        string_at(*answer, "/metadata/uid") == facts_.owner->uid;
  owner_state_ = is_there ? core::OwnerState::present : core::OwnerState::leaving;
  ++owner_reads_;
  on_change_();
}

}  // namespace kip::operators
