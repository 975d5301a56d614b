#include "controller/alarms.h"

#include <algorithm>

namespace kip::controller {

void Alarms::set(const std::string& name, std::optional<SteadyTime> time) {
  const auto found = times_.find(name);
  if (found != times_.end()) {
    if (time == found->second) return;
    order_.erase({found->second, name});
    times_.erase(found);
  }
  if (time) {
    times_.emplace(name, *time);
    order_.emplace(*time, name);
  }
  set_timer();
}

void Alarms::set_timer() {
  if (order_.empty()) {
    timer_at_.reset();
    return timer_.reset();
  }
  if (timer_ && timer_at_ == order_.begin()->first) return;
  timer_at_ = order_.begin()->first;
  timer_ = scheduler_.after(std::max(*timer_at_ - scheduler_.now(), Duration::zero()),
                            [this] { ring(); });
}

void Alarms::ring() {
  const HandlePtr ended = std::move(timer_);
  const SteadyTime now = scheduler_.now();
  while (!order_.empty() && order_.begin()->first <= now) {
    const std::string name = order_.begin()->second;
    order_.erase(order_.begin());
    times_.erase(name);
    on_due_(name);
  }
  set_timer();
}

}  // namespace kip::controller
