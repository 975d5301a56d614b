// The results that an aggregator keeps, in memory and in the order in which they came. Any thread
// may call it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/pull_result.h"

namespace kip::metrics {

class Results {
 public:
  struct Limits {
    // 1,000 images on 50 nodes. Together with the bytes it stays below 64 MiB, which is what the
    // aggregator's container may have.
    std::size_t results = 50'000;
    std::size_t bytes = std::size_t{16} << 20;  // of their messages
  };
  using Place = std::uint64_t;  // in the order; the first is 0
  struct Counts {
    std::uint64_t received = 0;  // ever, also those that took another's place
    std::uint64_t dropped = 0;   // the oldest, for others
    std::size_t kept = 0;
  };

  Results();
  explicit Results(const Limits& limits);

  // A result without an ID takes no other's place. Texts of more than some kilobytes are cut.
  void add(PullResult result);

  // Calls `f` with those from a place on, while it answers true. The next place; nothing: these
  // were all. `f` may not call this object.
  std::optional<Place> visit(Place from, const std::function<bool(const PullResult&)>& f) const;
  // Of each image on each node, the place of the attempt that began last.
  std::vector<Place> latest() const;
  std::optional<PullResult> at(Place place) const;
  Counts counts() const;

 private:
  struct Kept {
    std::string message;  // a third of the memory of what it says
    std::string id;
  };
  using ByPlace = std::map<Place, Kept>;

  void drop_oldest();

  const Limits limits_;
  mutable std::mutex mutex_;
  ByPlace kept_;                                  // guarded by mutex_
  std::unordered_map<std::string, Place> by_id_;  // guarded by mutex_
  Place next_ = 0;                                // guarded by mutex_
  std::size_t bytes_ = 0;                         // guarded by mutex_
  std::uint64_t received_ = 0, dropped_ = 0;      // guarded by mutex_
};

}  // namespace kip::metrics
