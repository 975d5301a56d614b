// The images that discovery knows of: those in use, and those that were and are not yet forgotten;
// and which of them are wanted. Pure: what is in use comes from a WorkloadStore, times are
// arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "config/placement.h"
#include "discovery/workload_store.h"

namespace kip::discovery {

struct FoundImage {
  std::string image;  // as it is written in a workload
  std::vector<config::Placement> placements{};
  std::optional<WallTime> unused_since{};  // absent: in use
  bool operator==(const FoundImage&) const = default;
};

class FoundImages {
 public:
  // What was known before, in its order; what is in use is to be found again. Not one that is no
  // reference.
  void restore(const std::vector<FoundImage>& images);

  // All that is in use now. What is in use no more is unused since `now`.
  void see(const std::vector<ImageUse>& uses, WallTime now);
  // Not all could be seen between the two: what is unused has no age of that time.
  void was_blind(WallTime since, WallTime now);
  // Those unused for `after` go.
  void forget(WallTime now, Duration after);
  // When the next one is to go; nothing where all are in use.
  std::optional<WallTime> next_forgotten(Duration after) const;

  // In use now, or about to be, and choose() has not yet seen it so; nor is it chosen anyway.
  bool is_undecided(const types::ImageReference& image) const;

  // Chooses at most `most`: those in use before those that were, then by pods and workloads. One
  // that was chosen before keeps its place unless another is used twice as much, so that the list
  // does not change with each pod.
  void choose(std::size_t most);
  // The most used first, as it was when other images than before were last chosen: counts that move
  // change nothing.
  std::vector<FoundImage> chosen() const;
  // Those in use that are not chosen, the most used first. Good until the next see() or forget().
  std::vector<std::string_view> left_out() const;

 private:
  struct Known {
    FoundImage found;
    std::uint32_t pods = 0, workloads = 0;
    std::uint32_t place = 0;  // in the order; 0: not chosen
    bool is_seen = false;     // while see() looks
  };
  bool is_before(const Known& a, const Known& b) const;
  std::vector<Known*> by_rank();

  std::map<std::string, Known> images_;  // by whole_name()
};

// What is kept over a restart.
struct StoredImages {
  std::vector<FoundImage> images;
  std::string filters;                       // tells whether it was made by the same settings
  std::optional<WallTime> blind_since = {};  // from then on not all could be seen
};
// {"filters", "blindSince", "placements": [placement_json],
// "images": [{"image", "unusedSince", "placements": [INDEX]}]}, times as of RFC 3339.
json found_images_json(const StoredImages& found);
// An error where it is not what found_images_json makes: it says where, and what was expected.
Result<StoredImages> found_images_of(const json& stored);

// At most this many unused images are remembered: never more than could be wanted.
inline constexpr std::size_t most_unused = 1000;

}  // namespace kip::discovery
