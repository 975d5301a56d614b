// Carries out a PullPlan through a container runtime, and says how it goes. Belongs to the loop.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "agent/disk_guard.h"
#include "agent/output.h"
#include "agent/pull_plan.h"
#include "agent/result.h"
#include "loop/scheduler.h"
#include "registry/credentials.h"
#include "runtime/runtime.h"

namespace kip::agent {

struct WantedImage {
  types::ImageReference reference;
  // To be tried in their order; none is anonymous, and only that.
  std::vector<registry::Credentials> credentials;
  bool is_asked_for = true;  // false: only where the node does not have it
};

class Fetch {
 public:
  using OnEnd = std::function<void(const std::vector<ImageResult>&)>;

  // All outlive it. `guard` may be null: then the disk is not looked at. Others that pull beside
  // this with the same guard have other keys there: `first_key` is the first image's.
  Fetch(runtime::Runtime& runtime, Scheduler& scheduler, Output& output,
        std::vector<WantedImage> wanted, const PullLimits& limits, DiskGuard* guard = nullptr,
        std::size_t first_key = 0);

  // Call once. `done` comes once, with one result for each image, in their order.
  void start(OnEnd done);
  // The results as they are now: what is not there yet has failed because of `why`.
  std::vector<ImageResult> results(const std::string& why) const;
  Duration took() const { return scheduler_.now() - begun_; }

 private:
  struct Pulling {
    PullPlan::Attempt attempt;
    SteadyTime begun;
    HandlePtr call, deadline;
  };
  struct Image {
    SteadyTime begun{};             // the first attempt
    WallTime begun_at{};            // the same
    std::optional<std::string> id;  // before it; empty: the node did not have it
    std::string digest;             // the same
    std::uint64_t to_download = 0;  // bytes, by the manifest; 0: not known
    runtime::Progress progress{};   // of the last attempt
    std::uint64_t downloaded = 0;   // by attempts before it
    std::optional<ImageResult> result = std::nullopt;
  };

  void go_on();
  void begin(const PullPlan::Attempt& attempt);
  void look_before(std::size_t image);
  void ask_guard(std::size_t image);
  void pull(std::size_t image);
  const registry::Credentials& credentials_of(const Pulling& pulling) const;
  void set_deadline(std::size_t image);
  void look_after(std::size_t image);
  void on_failed(std::size_t image, runtime::Failure failure);
  void on_pulled(std::size_t image, const std::optional<runtime::Image>& found);
  void end(std::size_t image, ImageResult result, const Attempt* attempt);
  void tell_what_failed_for_good();
  void tell_progress();
  TotalProgress total() const;
  static runtime::Progress progress_of(const Image& image);
  Attempt shown(const PullPlan::Attempt& attempt) const;
  ImageResult result_of(std::size_t image) const;

  runtime::Runtime& runtime_;
  Scheduler& scheduler_;
  Output& output_;
  DiskGuard* const guard_;
  const std::size_t first_key_;
  const std::vector<WantedImage> wanted_;
  const SteadyTime begun_;
  PullPlan plan_;
  std::vector<Image> images_;
  std::map<std::size_t, Pulling> pulling_;                    // by the image's place
  std::deque<std::pair<SteadyTime, std::uint64_t>> samples_;  // bytes done, for the rate
  OnEnd done_;
  HandlePtr alarm_, progress_timer_;
};

}  // namespace kip::agent
