#include "agent/pinning.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace kip::agent {

using runtime::Pins;

void Pinning::start(std::set<std::string> image_ids, std::function<void(const Summary&)> done) {
  wanted_ = std::move(image_ids);
  done_ = std::move(done);
  call_ = pins_.list([this](const auto& held) {
    const HandlePtr ended = std::move(call_);
    on_held(held);
  });
}

void Pinning::on_held(const Result<Pins::Held, runtime::Failure>& held) {
  if (!held) {
    summary_.failures.push_back(held.error());
    return end();
  }
  summary_.is_possible = held->is_possible;
  if (!held->is_possible) return end();
  const std::set<std::string> there(held->images.begin(), held->images.end());
  std::set_difference(wanted_.begin(), wanted_.end(), there.begin(), there.end(),
                      std::back_inserter(to_pin_));
  if (rest_ == Rest::unpin)
    std::set_difference(there.begin(), there.end(), wanted_.begin(), wanted_.end(),
                        std::back_inserter(to_unpin_));
  next();
}

// What is new first: were it ended here, too much would be held and not too little.
void Pinning::next() {
  const bool is_pin = !to_pin_.empty();
  auto& left = is_pin ? to_pin_ : to_unpin_;
  if (left.empty()) return end();
  const std::string id = std::move(left.front());
  left.pop_front();
  const auto done = [this, is_pin](const auto& outcome) {
    const HandlePtr ended = std::move(call_);
    on_outcome(is_pin, outcome);
  };
  call_ = is_pin ? pins_.pin(id, done) : pins_.unpin(id, done);
}

void Pinning::on_outcome(bool is_pin, const Result<Pins::Outcome, runtime::Failure>& outcome) {
  using Kind = runtime::Failure::Kind;
  if (!outcome) {
    summary_.failures.push_back(outcome.error());
    // It would not answer for the next one either, and half a minute for each image is hours.
    if (outcome.error().kind == Kind::timeout || outcome.error().kind == Kind::runtime_gone)
      return end();
  } else if (*outcome == Pins::Outcome::impossible) {
    summary_.is_possible = false;
    return end();
  } else if (*outcome == Pins::Outcome::done) {
    ++(is_pin ? summary_.pinned : summary_.unpinned);
  } else if (is_pin) {
    summary_.failures.push_back({runtime::Failure::Kind::other, "the image is gone again"});
  }
  next();
}

void Pinning::end() {
  const auto done = std::exchange(done_, nullptr);
  const Summary summary = std::move(summary_);
  done(summary);
}

void tell(const Pinning::Summary& summary) {
  if (!summary.is_possible)
    return log::warn(
        "this container runtime cannot be told to keep images; the kubelet may collect them first");
  for (const auto& failure : summary.failures)
    log::warn("an image could not be pinned or unpinned", {{"problem", failure.message}});
  log::info("pins follow the list", {{"pinned", summary.pinned}, {"unpinned", summary.unpinned}});
}

}  // namespace kip::agent
