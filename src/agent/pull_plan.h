// What is to be pulled next, and when: images, the credentials that may be for each, and what came
// of the attempts so far. Pure; a plain value.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/failure.h"
#include "types/image_reference.h"

namespace kip::agent {

struct PullLimits {
  Duration first_timeout = std::chrono::seconds(30);  // of an attempt; doubles after a timeout
  Duration longest_timeout = std::chrono::minutes(5);
  Duration first_delay = std::chrono::seconds(1);  // before the second round; doubles
  Duration longest_delay = std::chrono::minutes(10);
  Duration overall = std::chrono::minutes(20);
  std::size_t parallelism = 4;  // images at once, at least 1
};

class PullPlan {
 public:
  struct Image {
    types::ImageReference reference;
    std::size_t credentials = 1;  // how many there are to be tried, in their order
    enum class State { waiting, pulling, pulled, failed } state = State::waiting;
    std::size_t credential = 0;  // that is tried, or comes next
    int attempts = 0;
    int rounds = 0;  // in which all credentials failed
    Duration timeout{};
    SteadyTime not_before{};
    // Of the last whole round, or of this one: its first, as the best credentials come first.
    std::optional<runtime::Failure> failure = std::nullopt;
  };
  struct Wanted {
    types::ImageReference reference;
    std::size_t credentials = 1;  // at least 1: anonymous counts
  };
  struct Attempt {
    std::size_t image, credential;  // by their places
    Duration patience;
  };

  PullPlan(const std::vector<Wanted>& wanted, const PullLimits& limits, SteadyTime begun);

  // Attempts that are to be begun now; each counts as begun.
  std::vector<Attempt> begin(SteadyTime now);
  // What came of an attempt. `random` in [0, 1) spreads the delays of nodes.
  void on_pulled(std::size_t image);
  void on_failed(std::size_t image, runtime::Failure failure, SteadyTime now, double random);

  // When begin() may have something again, if nothing comes of an attempt before: not before the
  // end where attempts under way take all places.
  std::optional<SteadyTime> next_time() const;
  // All are pulled, or have failed for good.
  bool is_over() const;
  SteadyTime end() const { return begun_ + limits_.overall; }
  const std::vector<Image>& images() const { return images_; }

 private:
  void try_later(Image& image, const runtime::Failure& failure, SteadyTime now, double random);
  std::vector<std::string> under_way() const;
  bool may_begin(const Image& image, const std::vector<std::string>& under_way) const;

  const PullLimits limits_;
  const SteadyTime begun_;
  std::vector<Image> images_;
};

}  // namespace kip::agent
