#include "metrics/results.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace kip::metrics {

namespace {

// Bytes. A name of an image has at most 255 before its tag, of a node 253; a runtime's words may
// hold a page of HTML.
constexpr std::size_t longest_name = 512, longest_error = 2048;

}  // namespace

Results::Results() : Results(Limits{}) {}
Results::Results(const Limits& limits) : limits_(limits) {}

void Results::add(PullResult result) {
  result.attempt_id = cut(std::move(result.attempt_id), longest_name);
  result.image = cut(std::move(result.image), longest_name);
  result.node = cut(std::move(result.node), longest_name);
  result.error = cut(std::move(result.error), longest_error);
  std::string message = to_message(result);

  const std::lock_guard<std::mutex> lock(mutex_);
  ++received_;
  bytes_ += message.size();
  const auto known = result.attempt_id.empty() ? by_id_.end() : by_id_.find(result.attempt_id);
  if (known != by_id_.end()) {
    std::string& old = kept_.at(known->second).message;
    bytes_ -= old.size();
    old = std::move(message);
  } else {
    if (!result.attempt_id.empty()) by_id_.emplace(result.attempt_id, next_);
    kept_.emplace(next_++, Kept{std::move(message), std::move(result.attempt_id)});
  }
  while (kept_.size() > 1 && (kept_.size() > limits_.results || bytes_ > limits_.bytes))
    drop_oldest();
}

void Results::drop_oldest() {
  if (dropped_++ == 0)
    log::warn("more results than are kept; the oldest are dropped",
              {{"kept", kept_.size() - 1}, {"bytes", bytes_}});
  const auto oldest = kept_.begin();
  bytes_ -= oldest->second.message.size();
  if (!oldest->second.id.empty()) by_id_.erase(oldest->second.id);
  kept_.erase(oldest);
}

std::optional<Results::Place> Results::visit(
    Place from, const std::function<bool(const PullResult&)>& f) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto each = kept_.lower_bound(from); each != kept_.end(); ++each)
    if (!f(*from_message(each->second.message))) return each->first + 1;
  return std::nullopt;
}

std::vector<Results::Place> Results::latest() const {
  struct Latest {
    std::int64_t started_at;
    Place place;
  };
  // By a checksum of both names: two that have the same would hide one of them, which takes more
  // pairs than any cluster has.
  std::unordered_map<std::uint64_t, Latest> found;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [place, kept] : kept_) {
    const PullResult result = *from_message(kept.message);
    const auto [at, is_new] = found.try_emplace(fnv1a(result.node + '\n' + result.image),
                                                Latest{result.started_at, place});
    if (!is_new && result.started_at >= at->second.started_at)
      at->second = {result.started_at, place};
  }
  std::vector<Place> places;
  places.reserve(found.size());
  for (const auto& [key, latest] : found) places.push_back(latest.place);
  std::ranges::sort(places);
  return places;
}

std::optional<PullResult> Results::at(Place place) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = kept_.find(place);
  return found == kept_.end() ? std::nullopt : from_message(found->second.message);
}

Results::Counts Results::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {.received = received_, .dropped = dropped_, .kept = kept_.size()};
}

}  // namespace kip::metrics
