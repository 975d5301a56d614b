#include "agent/follow_queue.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace kip::agent {

namespace {

using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;

// As PullPlan has them: a limit is the registry's, and a runtime that is gone is being restarted.
constexpr Duration after_limit = 1min, until_runtime_is_back = 2s;

}  // namespace

bool FollowQueue::hear(const types::ImageReference& image, SteadyTime now) {
  return take(image, now, false);
}

bool FollowQueue::take(const types::ImageReference& image, SteadyTime now, bool is_listed) {
  auto [found, is_new] = images_.try_emplace(image.full());
  Image& known = found->second;
  known.heard = now;
  (is_listed ? known.is_listed : known.was_heard) = true;
  if (is_new) {
    known.reference = image;
    known.order = next_order_++;
    known.not_before = now;
    make_room();
    return true;
  }
  if (known.state != Image::State::there || now - known.ended < limits_.ask_again) return false;
  known.state = Image::State::waiting;
  known.not_before = now;
  return true;
}

bool FollowQueue::set_list(const std::vector<types::ImageReference>& images, SteadyTime now) {
  std::set<std::string> listed;
  for (const auto& image : images) listed.insert(image.full());
  bool is_another = false;
  for (auto it = images_.begin(); it != images_.end();) {
    Image& image = it->second;
    const bool has_left = image.is_listed && !listed.contains(it->first);
    if (has_left) {
      image.is_listed = false;
      is_another = true;
    }
    const bool is_forgotten = has_left && !image.was_heard && image.state != Image::State::pulling;
    it = is_forgotten ? images_.erase(it) : std::next(it);
  }
  for (const auto& image : images) is_another = take(image, now, true) || is_another;
  return is_another;
}

std::vector<types::ImageReference> FollowQueue::begin(SteadyTime now) {
  std::vector<Image*> due;
  for (auto& [name, image] : images_)
    if (image.state == Image::State::waiting && image.not_before <= now) due.push_back(&image);
  // What has failed holds up nobody who was not tried yet.
  std::sort(due.begin(), due.end(), [](const Image* a, const Image* b) {
    return std::tuple(a->failures, a->not_before, a->order) <
           std::tuple(b->failures, b->not_before, b->order);
  });
  std::vector<types::ImageReference> begun;
  for (Image* image : due) {
    if (pulling_ >= std::max<std::size_t>(limits_.parallelism, 1)) break;
    image->state = Image::State::pulling;
    ++pulling_;
    begun.push_back(image->reference);
  }
  return begun;
}

void FollowQueue::on_pulled(const types::ImageReference& image, std::string id, SteadyTime now) {
  Image& known = images_.at(image.full());
  --pulling_;
  known.state = Image::State::there;
  known.ended = now;
  known.failures = 0;
  known.id = std::move(id);
}

SteadyTime FollowQueue::on_failed(const types::ImageReference& image,
                                  const runtime::Failure& failure, SteadyTime now, double random) {
  Image& known = images_.at(image.full());
  --pulling_;
  known.state = Image::State::waiting;
  if (failure.kind == Kind::runtime_gone) {  // it says nothing of the image
    known.not_before = now + until_runtime_is_back;
    return known.not_before;
  }
  Duration delay =
      std::min(limits_.first_delay * (1 << std::min(known.failures++, 16)), limits_.longest_delay);
  if (failure.kind == Kind::rate_limited)
    delay = std::max<Duration>({delay, after_limit, failure.retry_after.value_or(0s)});
  known.not_before = now + delay + std::chrono::duration_cast<Duration>(delay * random / 4);
  if (failure.kind == Kind::rate_limited)
    for (auto& [name, other] : images_)
      if (other.state == Image::State::waiting && other.reference.domain == image.domain)
        other.not_before = std::max(other.not_before, known.not_before);
  return known.not_before;
}

void FollowQueue::forget(SteadyTime now) {
  std::erase_if(images_, [&](const auto& entry) {
    const Image& image = entry.second;
    return image.state != Image::State::pulling && !image.is_listed &&
           now - image.heard >= limits_.forget;
  });
}

void FollowQueue::make_room() {
  while (images_.size() > limits_.most) {
    auto oldest = images_.end();
    for (auto it = images_.begin(); it != images_.end(); ++it)
      if (it->second.state != Image::State::pulling &&
          (oldest == images_.end() || it->second.heard < oldest->second.heard))
        oldest = it;
    if (oldest == images_.end()) return;
    images_.erase(oldest);
  }
}

std::optional<SteadyTime> FollowQueue::next_time() const {
  if (pulling_ >= std::max<std::size_t>(limits_.parallelism, 1)) return std::nullopt;
  std::optional<SteadyTime> next;
  for (const auto& [name, image] : images_)
    if (image.state == Image::State::waiting)
      next = std::min(next.value_or(image.not_before), image.not_before);
  return next;
}

FollowQueue::Counts FollowQueue::counts() const {
  Counts counts;
  for (const auto& [name, image] : images_) {
    if (image.state == Image::State::there)
      ++counts.there;
    else if (image.state == Image::State::pulling)
      ++counts.pulling;
    else
      ++(image.failures > 0 ? counts.failing : counts.waiting);
  }
  return counts;
}

std::vector<std::string> FollowQueue::ids() const {
  std::vector<std::string> ids;
  for (const auto& [name, image] : images_)
    if (!image.id.empty()) ids.push_back(image.id);
  return ids;
}

std::vector<types::ImageReference> FollowQueue::without_id() const {
  std::vector<types::ImageReference> images;
  for (const auto& [name, image] : images_)
    if (image.id.empty()) images.push_back(image.reference);
  return images;
}

bool FollowQueue::are_all_tried() const {
  return std::all_of(images_.begin(), images_.end(), [](const auto& entry) {
    return !entry.second.id.empty() || entry.second.failures > 0;
  });
}

}  // namespace kip::agent
