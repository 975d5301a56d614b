// The label by which a node tells how its last pulls went, as image-prefetcher's:
// `image-prefetcher.stackrox.io/INSTANCE` = succeeded | failed. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::agent {

class NodeLabeler {
 public:
  // `transport` and `scheduler` outlive it.
  NodeLabeler(http::Transport& transport, Scheduler& scheduler, std::string node);

  // Sets the label of this node; `instance` as instance_name() gives it. `done` is called once:
  // when it is set, when that is forbidden or the node is not there, which is told, or after 30 s.
  // It may destroy this.
  void set(const std::string& instance, bool succeeded, std::function<void()> done);

 private:
  void end();

  const kube::Client client_;
  Scheduler& scheduler_;
  const std::string node_;
  kube::Poll poll_;
  std::function<void()> done_;
  HandlePtr deadline_, last_;
};

}  // namespace kip::agent
