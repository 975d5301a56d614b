// Carries out a FollowQueue through a container runtime: pulls, says how it goes, and pins. Belongs
// to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/disk_guard.h"
#include "agent/fetch.h"
#include "agent/follow_queue.h"
#include "agent/output.h"
#include "agent/pinning.h"
#include "loop/scheduler.h"
#include "runtime/pins.h"
#include "runtime/runtime.h"

namespace kip::agent {

class Follower {
 public:
  struct Options {
    FollowLimits limits = {};
    Duration attempt = std::chrono::minutes(15);  // that a pull may take
    bool pin = false;
    // Nothing is unpinned before: what was published before the start is heard of again by then.
    Duration unpin_after = std::chrono::minutes(15);
  };
  // The credentials for an image, as they are now.
  using FindCredentials =
      std::function<std::vector<registry::Credentials>(const types::ImageReference&)>;
  struct Totals {
    std::uint64_t pulled = 0, failed = 0;  // attempts
    std::string last_failure = {};         // of the last pull; "": it went well, or there was none
  };

  // The scheduler outlives it.
  Follower(Scheduler& scheduler, const Options& options, FindCredentials credentials);
  ~Follower();

  // From now on it can pull. What is given outlives it; `guard` may be null. Call once.
  void use(runtime::Runtime& runtime, runtime::Pins& pins, DiskGuard* guard);

  void hear(const types::ImageReference& image);
  void set_list(const std::vector<types::ImageReference>& images);

  FollowQueue::Counts counts() const { return queue_.counts(); }
  const Totals& totals() const { return totals_; }

 private:
  class Quiet;
  struct Pull {
    types::ImageReference image;
    std::unique_ptr<Fetch> fetch;
  };

  void go_on();
  void begin(const types::ImageReference& image);
  void on_ended(std::size_t key, const ImageResult& result);
  void tend();
  void pin_in(Duration delay);
  void pin();
  void look_at_next();
  void pin_known();

  Scheduler& scheduler_;
  const Options options_;
  const FindCredentials credentials_;
  const SteadyTime begun_;
  FollowQueue queue_;
  Totals totals_;
  std::unique_ptr<Output> output_;
  runtime::Runtime* runtime_ = nullptr;  // none yet: nothing is pulled
  runtime::Pins* pins_ = nullptr;
  DiskGuard* guard_ = nullptr;
  std::map<std::size_t, Pull> pulls_;  // by their keys in the guard
  std::size_t next_key_ = 0;
  std::vector<std::unique_ptr<Fetch>> ended_;  // until their callbacks have returned
  std::optional<Pinning> pinning_;
  bool is_pinning_ = false, can_pin_ = true;
  std::deque<types::ImageReference> to_look_at_;  // before pinning
  std::set<std::string> found_ids_;
  bool is_all_known_ = true;
  HandlePtr looking_;
  HandlePtr alarm_, clearing_, tending_, pin_timer_;
};

}  // namespace kip::agent
