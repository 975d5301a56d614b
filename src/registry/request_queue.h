// The requests to one registry: one at a time, and none before it lets us. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

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
  // Nobody has or wants a turn, and the registry asked for nothing.
  bool is_idle() const;

 private:
  struct State;
  class Turn;
  std::shared_ptr<State> state_;
};

// Those of all servers. Clients come and go, and what a registry asked of us holds on.
class RequestQueues {
 public:
  RequestQueue& of(Scheduler& scheduler, const std::string& host_and_port) {
    return queues_.try_emplace(host_and_port, scheduler).first->second;
  }
  // How long a turn would have to wait; zero also where nobody ever asked.
  Duration delay_of(const std::string& host_and_port) const;
  // Those where nothing is to be waited for.
  void forget_idle();

 private:
  std::map<std::string, RequestQueue> queues_;
};

}  // namespace kip::registry
