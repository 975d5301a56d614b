// Follows the DaemonSets and pods of a puller until the images of a list are on the nodes. Belongs
// to the loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/pod_informer.h"
#include "core/desired.h"
#include "core/warm_progress.h"
#include "http/transport.h"
#include "kube/informer.h"
#include "loop/scheduler.h"

namespace kip::cli {

// Beside those of commands.h.
inline constexpr int exit_failed = 1, exit_timed_out = 2;

class WarmWait {
 public:
  // `say` gets a line for people, `done` the exit code: 0, 1 or 2, or why the puller cannot be
  // followed.
  struct Sink {
    std::function<void(const std::string& line)> say;
    std::function<void(const std::string& line)> warn;
    std::function<void(int code)> done;
  };
  WarmWait(http::Transport& transport, Scheduler& scheduler, std::string namespace_name,
           std::string daemonset_name, Sink sink);

  // Follows the DaemonSets; `found` is called once, when there is one of this puller. Where there
  // is none, done.
  void start(std::function<void()> found);
  // An owner that the DaemonSets name; none: they have none.
  std::optional<core::OwnerReference> owner() const;
  // Waits for the images. Ends with done, at `timeout` from now at the latest.
  void wait(std::vector<core::WantedImage> images, Duration timeout);

 private:
  void on_listed();
  void on_error(const http::Error& error);
  void look();
  const core::Refusals& old_refusals(const std::vector<core::WarmingDaemonSet>& daemonsets);
  void tell(const std::vector<core::WarmProgress>& all);
  void warn_if_nobody_takes_it(const std::vector<core::WarmProgress>& all);
  void end(int code, const std::vector<core::WarmProgress>& all);

  Scheduler& scheduler_;
  const std::string namespace_name_, daemonset_name_;
  const Sink sink_;
  std::function<void()> found_;
  std::map<std::string, json> daemonsets_;  // of this puller, by name
  std::vector<core::WantedImage> images_;
  std::vector<std::string> told_;           // of each image the last line
  std::optional<core::Refusals> refusals_;  // from before the wait, as far as they still stand
  SteadyTime begun_{}, ends_{};
  bool warned_ = false, is_over_ = false;
  HandlePtr later_;
  kube::Informer informer_;
  controller::PodInformer pods_;
};

}  // namespace kip::cli
