#include "operator/resource_surroundings.h"

#include "operator/custom_resource.h"
#include "types/object.h"

namespace kip::operators {

ResourceSurroundings::ResourceSurroundings(kube::Client client, Scheduler& scheduler,
                                           const Cluster& cluster, const json& resource,
                                           std::function<std::set<std::string>()> predecessors)
    : client_(client),
      predecessors_(std::move(predecessors)),
      resource_(resource),
      poll_(scheduler, {.trouble = "cannot read the custom resource; trying again"}) {
  facts_.is_openshift = cluster.openshift;
  facts_.own_image = cluster.own_image;
  facts_.owner = owner_of(resource);
}

void ResourceSurroundings::start(std::function<void()> on_change) {
  on_change_ = std::move(on_change);
}

// A DaemonSet that went with its resource must not be made again, and the watch may be behind.
void ResourceSurroundings::look_at_owner() {
  poll_.ask(
      [this](kube::Client::Done done) {
        return client_.get(reference_to(resource_), std::move(done));
      },
      [this](const kube::Answer& answer) { on_resource(answer); });
}

void ResourceSurroundings::on_resource(const kube::Answer& answer) {
  const bool is_there =
      answer && !object::is_deleting(*answer) && object::uid(*answer) == facts_.owner->uid;
  owner_state_ = is_there ? core::OwnerState::present : core::OwnerState::leaving;
  ++owner_reads_;
  on_change_();
}

}  // namespace kip::operators
