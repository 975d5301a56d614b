// What an interrupted pull brought is kept for the next one by a lease of containerd's, one for
// each image. Belongs to the loop.
//
// Without one, containerd collects half a download two seconds after its end, finished layers too.
// Source: https://github.com/containerd/containerd/blob/v2.2.1/docs/garbage-collection.md
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "cri/connect.h"
#include "loop/scheduler.h"
#include "types/image_reference.h"

namespace kip::cri {

class Leases {
 public:
  // `instance`: who pulls, the same after a restart.
  Leases(Scheduler& scheduler, Channel& channel, std::string instance)
      : scheduler_(scheduler), channel_(channel), instance_(std::move(instance)) {}

  std::string name_for(const types::ImageReference& image) const;

  // Answers with the lease's name once it is there and lasts for `patience`; with "" where there is
  // none to be had, which makes a pull no worse than any other. Each image is pulled once at a
  // time. The handles go before this.
  [[nodiscard]] HandlePtr take(const types::ImageReference& image, Duration patience,
                               std::function<void(std::string)> done);
  // Lets go of what it holds. Whether it worked is not told: it ends by itself.
  [[nodiscard]] HandlePtr give_back(const std::string& name, std::function<void()> done);
  // The same, but only if it holds nothing: half a download stays for the next attempt.
  [[nodiscard]] HandlePtr give_back_if_empty(const std::string& name, std::function<void()> done);

 private:
  class Taking;
  class GivingBack;

  Scheduler& scheduler_;
  Channel& channel_;
  const std::string instance_;
  bool are_known_ = true;  // by the runtime, as far as was seen
};

}  // namespace kip::cri
