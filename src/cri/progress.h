// Asks containerd how far its downloads are while pulls run, for all of them at once. Belongs to
// the loop.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cri/connect.h"
#include "cri/layers.h"
#include "loop/scheduler.h"

namespace kip::cri {

class ProgressPoller {
 public:
  using OnProgress = std::function<void(runtime::Progress)>;

  ProgressPoller(Scheduler& scheduler, Channel& channel)
      : scheduler_(scheduler), channel_(channel) {}

  // Tells of the pull under this lease whenever its numbers are others, until the handle is
  // destroyed, which `changed` may do; the handle goes before this. The first watch of a lease gets
  // all; a second one at the same time gets nothing. Nothing comes from a runtime that is not
  // containerd: it is asked once.
  [[nodiscard]] HandlePtr watch(const std::string& lease, OnProgress changed);

 private:
  struct Watch {
    OnProgress changed;
    runtime::Progress told = {};
  };
  class WatchHandle;

  void ask_later();
  void ask();
  void ask_lease(std::vector<std::string> remaining);
  void tell();
  void end(const std::string& lease);

  Scheduler& scheduler_;
  Channel& channel_;
  Layers layers_;
  std::map<std::string, Watch> watches_;  // by lease
  bool is_known_ = true;                  // by the runtime, as far as was seen
  HandlePtr next_;                        // the timer or the call under way
};

}  // namespace kip::cri
