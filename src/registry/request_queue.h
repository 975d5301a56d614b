// The requests to one registry: one at a time, and none before it lets us. Belongs to the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "http/transport.h"
#include "loop/scheduler.h"

namespace kip::registry {

class RequestQueue {
 public:
  explicit RequestQueue(Scheduler& scheduler);  // which outlives the queue and its turns

  // Calls `turn` from the loop, never from inside this call, when it is its turn. Destroying the
  // handle ends the turn, or gives up the place. A turn may outlive the queue.
  [[nodiscard]] HandlePtr wait(std::function<void()> turn);

  // What the registry answered: a limit on requests delays all turns after this one.
  void answered(const http::Response& answer);

  // How long a turn would have to wait for the registry's limit; zero where there is none.
  Duration delay() const;

 private:
  struct State;
  class Turn;
  std::shared_ptr<State> state_;
};

}  // namespace kip::registry
