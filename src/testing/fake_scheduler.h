// A Scheduler driven by hand: time passes only when a test says so. One thread.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "loop/scheduler.h"

namespace kip::testing {

class FakeScheduler : public Scheduler {
 public:
  SteadyTime now() const override { return now_; }
  WallTime wall_now() const override { return wall_start_ + (now_ - SteadyTime{}); }
  double random() override { return random_; }
  void set_random(double value) { random_ = value; }

  [[nodiscard]] HandlePtr after(Duration delay, std::function<void()> f) override {
    const Key key{now_ + delay, next_++};
    timers_[key] = std::move(f);
    return std::make_unique<Timer>(*this, key);
  }

  // Runs what is due, in order, until `time` from now has passed.
  void advance(Duration time) {
    const SteadyTime until = now_ + time;
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      auto [key, f] = std::move(*timers_.begin());
      timers_.erase(timers_.begin());
      now_ = std::max(now_, key.first);
      f();
    }
    now_ = until;
  }

  void set_wall_start(WallTime time) { wall_start_ = time; }

 private:
  double random_ = 0.5;
  using Key = std::pair<SteadyTime, int>;
  struct Timer : Handle {
    Timer(FakeScheduler& s, Key k) : scheduler(s), key(k) {}
    ~Timer() override { scheduler.timers_.erase(key); }
    FakeScheduler& scheduler;
    Key key;
  };

  SteadyTime now_{std::chrono::hours{1}};
  WallTime wall_start_{};
  int next_ = 0;
  std::map<Key, std::function<void()>> timers_;
};

}  // namespace kip::testing
