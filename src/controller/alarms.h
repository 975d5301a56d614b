// A time for each of many names, and one timer for all of them. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "loop/scheduler.h"

namespace kip::controller {

class Alarms {
 public:
  // `on_due` gets a name once its time has come, which it has no more then. It may set times.
  Alarms(Scheduler& scheduler, std::function<void(const std::string& name)> on_due)
      : scheduler_(scheduler), on_due_(std::move(on_due)) {}

  // Nothing: it has none.
  void set(const std::string& name, std::optional<SteadyTime> time);

 private:
  void set_timer();
  void ring();

  Scheduler& scheduler_;
  const std::function<void(const std::string&)> on_due_;
  std::map<std::string, SteadyTime> times_;
  std::set<std::pair<SteadyTime, std::string>> order_;  // the earliest first
  std::optional<SteadyTime> timer_at_;
  HandlePtr timer_;
};

}  // namespace kip::controller
