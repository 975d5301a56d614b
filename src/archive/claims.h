// Who does what, among builds that run beside each other: a blob is fetched by one of them, the
// others wait for it. Belongs to the loop.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "loop/scheduler.h"

namespace kip::archive {

class Claims {
 public:
  explicit Claims(Scheduler& scheduler) : scheduler_(scheduler) {}

  bool is_taken(const std::string& key) const { return taken_.contains(key); }
  // While the handle lives. Only what is not taken can be.
  [[nodiscard]] HandlePtr take(const std::string& key);
  // Calls `f` once, from the loop, soon after the key was given back, or when it is `until`;
  // somebody else may have it then.
  [[nodiscard]] HandlePtr wait(const std::string& key, SteadyTime until, std::function<void()> f);

 private:
  class Claim;
  class Waiter;
  Scheduler& scheduler_;
  std::map<std::string, std::list<Waiter*>> taken_;
};

}  // namespace kip::archive
