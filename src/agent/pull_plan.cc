#include "agent/pull_plan.h"

#include <algorithm>
#include <utility>

namespace kip::agent {

namespace {

using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using State = PullPlan::Image::State;

// A failure that another try will hardly mend is tried again, as registries replicate and secrets
// come late, but so often only: the node is told of as failed, and the kubelet begins anew.
constexpr int lasting_rounds = 3;
constexpr int lasting_pace = 10;  // times the delay of others

// containerd asks some twelve times within a second for one pull, and the registry's Retry-After is
// lost on the way: less would keep the limit reached.
constexpr Duration after_limit = 1min;

// The runtime is being restarted, mostly.
constexpr Duration until_runtime_is_back = 2s;

bool is_lasting(Kind kind) {
  return kind == Kind::not_found || kind == Kind::unauthorized || kind == Kind::denied ||
         kind == Kind::no_space;
}

// With other credentials it may be otherwise.
bool is_of_credentials(Kind kind) {
  return kind == Kind::not_found || kind == Kind::unauthorized || kind == Kind::denied;
}

Duration doubled(Duration first, int times, Duration longest) {
  Duration delay = std::min(first, longest);
  for (int i = 0; i < times && delay < longest; ++i) delay = std::min(delay * 2, longest);
  return delay;
}

}  // namespace

PullPlan::PullPlan(const std::vector<Wanted>& wanted, const PullLimits& limits, SteadyTime begun)
    : limits_(limits), begun_(begun) {
  for (const auto& one : wanted)
    images_.push_back({.reference = one.reference,
                       .credentials = std::max<std::size_t>(one.credentials, 1),
                       .timeout = limits.first_timeout,
                       .not_before = begun});
}

std::vector<PullPlan::Attempt> PullPlan::begin(SteadyTime now) {
  if (now >= end()) {
    for (auto& image : images_) {
      if (image.state != State::waiting) continue;
      image.state = State::failed;
      if (!image.failure)
        image.failure = {Kind::timeout,
                         "not begun within the overall timeout of " + to_text(limits_.overall)};
    }
    return {};
  }
  std::vector<Image*> due;
  for (auto& image : images_)
    if (image.state == State::waiting && image.not_before <= now) due.push_back(&image);
  // What has failed holds up nobody who was not tried yet.
  std::stable_sort(due.begin(), due.end(),
                   [](const Image* a, const Image* b) { return a->rounds < b->rounds; });
  std::vector<std::string> busy = under_way();
  std::vector<Attempt> attempts;
  for (Image* image : due) {
    if (!may_begin(*image, busy)) continue;
    busy.push_back(image->reference.full());
    ++image->attempts;
    image->state = State::pulling;
    attempts.push_back({static_cast<std::size_t>(image - images_.data()), image->credential,
                        std::min(image->timeout, end() - now)});
  }
  return attempts;
}

void PullPlan::on_pulled(std::size_t image) {
  images_[image].state = State::pulled;
  images_[image].failure.reset();
}

void PullPlan::on_failed(std::size_t index, runtime::Failure failure, SteadyTime now,
                         double random) {
  Image& image = images_[index];
  image.state = State::waiting;
  const Kind kind = failure.kind;
  if (kind == Kind::timeout)
    image.timeout = std::min(image.timeout * 2, std::max(limits_.longest_timeout, image.timeout));
  if (image.credential == 0 || !image.failure) image.failure = failure;
  if (is_of_credentials(kind) && image.credential + 1 < image.credentials) {
    ++image.credential;
    return;
  }
  if (kind == Kind::runtime_gone) {  // it says nothing of the image
    for (auto& other : images_)
      if (other.state == State::waiting)
        other.not_before = std::max(other.not_before, now + until_runtime_is_back);
    return;
  }
  image.credential = 0;
  ++image.rounds;
  try_later(image, failure, now, random);
}

void PullPlan::try_later(Image& image, const runtime::Failure& failure, SteadyTime now,
                         double random) {
  const bool is_last = failure.kind == Kind::reference ||
                       (is_lasting(failure.kind) && image.rounds >= lasting_rounds);
  Duration delay = doubled(limits_.first_delay, image.rounds - 1, limits_.longest_delay);
  if (is_lasting(failure.kind)) delay = std::min(delay * lasting_pace, limits_.longest_delay);
  if (failure.kind == Kind::rate_limited) {
    delay = std::max(delay, after_limit);
    if (failure.retry_after) delay = std::max<Duration>(delay, *failure.retry_after);
  }
  delay += std::chrono::duration_cast<Duration>(delay * random / 4);
  if (is_last || now + delay >= end()) {
    image.state = State::failed;
    return;
  }
  image.not_before = now + delay;
  if (failure.kind != Kind::rate_limited) return;
  for (auto& other : images_)  // a limit is the registry's, not the image's
    if (other.state == State::waiting && other.reference.domain == image.reference.domain)
      other.not_before = std::max(other.not_before, image.not_before);
}

std::optional<SteadyTime> PullPlan::next_time() const {
  const std::vector<std::string> busy = under_way();
  std::optional<SteadyTime> next;
  for (const auto& image : images_)
    if (image.state == State::waiting)
      next = std::min(next.value_or(end()), may_begin(image, busy) ? image.not_before : end());
  return next;
}

// Their full names.
std::vector<std::string> PullPlan::under_way() const {
  std::vector<std::string> names;
  for (const auto& image : images_)
    if (image.state == State::pulling) names.push_back(image.reference.full());
  return names;
}

// An image that the list has under two names is pulled once at a time: what a pull has brought so
// far is kept by the image's name, and let go of at its end.
bool PullPlan::may_begin(const Image& image, const std::vector<std::string>& under_way) const {
  return under_way.size() < std::max<std::size_t>(limits_.parallelism, 1) &&
         std::find(under_way.begin(), under_way.end(), image.reference.full()) == under_way.end();
}

bool PullPlan::is_over() const {
  return std::all_of(images_.begin(), images_.end(), [](const Image& one) {
    return one.state == State::pulled || one.state == State::failed;
  });
}

}  // namespace kip::agent
