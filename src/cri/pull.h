// One pull: a lease that keeps what it brings, the runtime's PullImage, a count of what came, and
// the lease's end.
// Belongs to the loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cri/lease.h"
#include "cri/progress.h"
#include "runtime/runtime.h"

namespace kip::cri {

// The name that the kubelet would give to the runtime: as it is written, and "latest" where neither
// tag nor digest is (https://kubernetes.io/docs/concepts/containers/images/#image-names). A runtime
// may have rules of its own for names without a domain.
std::string name_for_runtime(const types::ImageReference& image);

class PullCall : public Handle {
 public:
  using Answer = runtime::Runtime::Answer<runtime::Pulled>;

  struct Parts {  // outlive this
    Scheduler& scheduler;
    Channel& channel;
    Leases& leases;
    ProgressPoller& progress;
  };
  PullCall(const Parts& parts, runtime::Pull pull, ProgressPoller::OnProgress on_progress,
           Answer done);

 private:
  void begin(std::string lease);
  void count();
  void sum(const std::vector<std::string>& digests);
  void end(const Result<runtime::Pulled, runtime::Failure>& result);

  const Parts parts_;
  const runtime::Pull pull_;
  const SteadyTime ends_at_;
  ProgressPoller::OnProgress on_progress_;
  Answer done_;
  std::string lease_;  // "": none
  HandlePtr call_, watch_;
};

}  // namespace kip::cri
