#include "advise/pull_records.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/text.h"
#include "config/images.h"
#include "discovery/image_key.h"

namespace kip::advise {

namespace {

using Kind = PullEvent::Kind;

// A pod that was taken up this much before the oldest Event may have had others that are gone; less
// passes while its volumes are mounted.
constexpr std::uint32_t seconds_to_first_pull = 60;

// Until 2106.
std::uint32_t seconds_of(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX - 1));
}
WallTime time_of(std::uint32_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

std::uint32_t milliseconds_of(Duration duration) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(duration.count(), 0, UINT32_MAX));
}

// The copy of our sleep, which no other pod makes: its pod is ours, also when it is gone.
bool is_of_own_container(const PullEvent& event) {
  return event.container == "spec.initContainers{" + std::string(config::init_container_name) + "}";
}

}  // namespace

std::optional<Duration> ImagePulls::pull_time() const {
  if (samples == 0) return std::nullopt;
  return of_samples / static_cast<std::int64_t>(samples);
}

std::uint32_t PullRecords::Names::number_of(const std::string& name) {
  const auto [at, is_new] = numbers.try_emplace(name, static_cast<std::uint32_t>(names.size()));
  if (is_new) names.push_back(&at->first);
  return at->second;
}

void PullRecords::add_pod(const std::string& uid, WallTime started, bool is_own) {
  if (is_own)
    pods_.own.insert(fnv1a(uid));
  else
    pods_.started.emplace(fnv1a(uid), seconds_of(started));
}

void PullRecords::add(const PullEvent& event, bool is_own) {
  const std::string key = discovery::image_key(event.image);
  const std::uint64_t pod = fnv1a(event.pod_uid);
  records_.push_back(
      {.pod = pod,
       .container = fnv1a(event.pod_uid + "\n" + event.container + "\n" + key),
       .bytes = event.bytes,
       .image = images_.number_of(key),
       .node = nodes_.number_of(event.node),
       .at = seconds_of(event.first),
       .pulling = milliseconds_of(event.pulling),
       .waiting = milliseconds_of(event.waiting),
       .count = static_cast<std::uint32_t>(std::min<std::size_t>(event.count, UINT32_MAX)),
       .kind = event.kind,
       .is_start = false});
  if (is_own || is_of_own_container(event)) pods_.own.insert(pod);
  untold_ += event.untold;
  const std::uint32_t at = records_.back().at;
  oldest_ = std::min(oldest_, at);
  if (event.count == 1 && event.untold == 0) oldest_single_ = std::min(oldest_single_, at);
  newest_ = std::max(newest_, seconds_of(event.last));
}

// Behind the first Event of a container come those of its restarts, which always find the image.
void PullRecords::mark_starts(Span& span) {
  std::sort(records_.begin(), records_.end(), [](const Record& a, const Record& b) {
    return std::tuple(a.container, a.at, b.kind) < std::tuple(b.container, b.at, a.kind);
  });
  const std::uint32_t from = seconds_of(span.from);
  std::optional<std::uint64_t> before;
  for (auto& record : records_) {
    if (record.kind == Kind::failed) continue;
    if (std::exchange(before, record.container) == record.container) continue;
    if (pods_.own.contains(record.pod)) continue;
    const auto started = pods_.started.find(record.pod);
    record.is_start = record.at >= from &&
                      (started == pods_.started.end() ||
                       started->second + record.waiting / 1000 + seconds_to_first_pull >= from);
    if (!record.is_start) ++span.before;
  }
}

// `of_node`: all of one image on one node, the oldest first; within a second the longest pull, as
// what waited for it then has little left to ask.
void PullRecords::count(Result& result, const std::vector<Record>& of_node,
                        const HeldSince& held_since) const {
  const std::string& image = *images_.names[of_node.front().image];
  ImagePulls& pulls = result.images[image];
  pulls.image = image;
  // Milliseconds since 1970.
  std::int64_t there_since = std::numeric_limits<std::int64_t>::max();
  if (const auto held = held_since(image, *nodes_.names[of_node.front().node]))
    there_since = held->time_since_epoch().count();
  std::size_t hits = 0, waits = 0;
  bool is_first = true;
  for (const auto& record : of_node) {
    if (record.kind == Kind::failed) {
      if (!pods_.own.contains(record.pod)) pulls.failures += record.count;
      continue;
    }
    // An Event has whole seconds, cut off: it happened within the second that follows. So two in
    // one second are taken for pulls beside each other.
    const std::int64_t at = std::int64_t{record.at} * 1000;
    const bool is_there = record.kind == Kind::present || there_since <= at - record.waiting;
    if (record.kind == Kind::pulled && !is_there && std::exchange(is_first, false)) {
      ++pulls.samples;
      pulls.of_samples += Duration{record.pulling};
      if (record.bytes > 0) pulls.bytes = record.bytes;
    }
    if (record.is_start && is_there) {
      ++hits;
      if (record.kind == Kind::pulled) ++pulls.asked;
    } else if (record.is_start) {
      ++waits;
      pulls.spent += Duration{record.pulling};
    }
    is_first = false;
    there_since = std::min(there_since, at + 1000);
  }
  pulls.hits += hits;
  pulls.pulls += waits;
  pulls.hit_nodes += hits > 0;
  pulls.pull_nodes += waits > 0;
}

PullRecords::Result PullRecords::result(const HeldSince& held_since) {
  Result result;
  if (records_.empty()) return result;
  Span& span = result.span.emplace();
  span.from = time_of(oldest_single_ == UINT32_MAX ? oldest_ : oldest_single_);
  span.to = time_of(newest_);
  span.events = records_.size();
  span.untold = untold_;
  mark_starts(span);
  std::sort(records_.begin(), records_.end(), [](const Record& a, const Record& b) {
    return std::tuple(a.image, a.node, a.at, b.pulling) <
           std::tuple(b.image, b.node, b.at, a.pulling);
  });
  std::vector<Record> of_node;
  for (const auto& record : records_) {
    if (!of_node.empty() && std::tie(of_node.front().image, of_node.front().node) !=
                                std::tie(record.image, record.node)) {
      count(result, of_node, held_since);
      of_node.clear();
    }
    of_node.push_back(record);
  }
  count(result, of_node, held_since);
  return result;
}

}  // namespace kip::advise
