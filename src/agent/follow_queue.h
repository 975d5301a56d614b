// What `follow` pulls next, and when: images that it heard of, one after another or as a list, and
// what came of each. Pure; a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/failure.h"
#include "types/image_reference.h"

namespace kip::agent {

struct FollowLimits {
  std::size_t parallelism = 4;
  // An image that is there is not asked for again before this, however often it is heard of: who
  // publishes sends the whole list every few minutes, and a registry would be asked images × nodes
  // questions each time. At least kubernetes-warm-images' 5 minutes.
  Duration ask_again = std::chrono::hours(1);
  Duration first_delay = std::chrono::seconds(10);  // after a failure; doubles
  Duration longest_delay = std::chrono::minutes(10);
  // What is not heard of for so long is forgotten, be it there or failed.
  Duration forget = std::chrono::hours(24);
  std::size_t most = 10'000;  // images; past it those go that were not heard of for longest
};

class FollowQueue {
 public:
  explicit FollowQueue(const FollowLimits& limits) : limits_(limits) {}

  // Heard of. True: it is new, or to be asked for again.
  bool hear(const types::ImageReference& image, SteadyTime now);
  // The whole list of a source that has one: what was on the one before and is no longer, is
  // forgotten, unless it is heard of otherwise. True: it is another list.
  bool set_list(const std::vector<types::ImageReference>& images, SteadyTime now);

  // Pulls that are to be begun now; each counts as begun.
  std::vector<types::ImageReference> begin(SteadyTime now);
  // What came of one. `id` of the image that is there.
  void on_pulled(const types::ImageReference& image, std::string id, SteadyTime now);
  // When it is tried again. `random` in [0, 1) spreads nodes.
  SteadyTime on_failed(const types::ImageReference& image, const runtime::Failure& failure,
                       SteadyTime now, double random);
  // Drops what was not heard of for long.
  void forget(SteadyTime now);

  // When begin() may have something; nothing: not before something is heard or ends.
  std::optional<SteadyTime> next_time() const;

  struct Counts {
    std::size_t there = 0, waiting = 0, pulling = 0, failing = 0;
    bool operator==(const Counts&) const = default;
  };
  Counts counts() const;
  // Those of what was pulled.
  std::vector<std::string> ids() const;
  // What was not pulled yet: the node may have it from before.
  std::vector<types::ImageReference> without_id() const;
  // Each image was pulled, or has failed, since it was heard of first.
  bool are_all_tried() const;
  bool is_idle() const { return pulling_ == 0; }

 private:
  struct Image {
    types::ImageReference reference;
    enum class State { waiting, pulling, there } state = State::waiting;
    SteadyTime heard{}, not_before{}, ended{};
    std::uint64_t order = 0;  // in which it was heard of first
    int failures = 0;
    bool is_listed = false;
    bool was_heard = false;  // otherwise than on a list
    std::string id = {};     // of the last pull
  };

  bool take(const types::ImageReference& image, SteadyTime now, bool is_listed);
  void make_room();

  const FollowLimits limits_;
  std::map<std::string, Image> images_;  // by the full name
  std::size_t pulling_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace kip::agent
