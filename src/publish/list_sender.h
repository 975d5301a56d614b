// Tells a list of images over NATS, one a message, as kubernetes-warm-images does: what is new at
// once, and all of it on each connection and every few minutes, as core NATS keeps nothing for
// agents that come later. Nothing is kept for a server that is away. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "loop/scheduler.h"

namespace kip::publish {

class ListSender {
 public:
  struct Link {
    std::function<bool()> is_connected;
    std::function<bool(const std::string& image)> publish;  // false: not now
  };
  // The scheduler outlives it. `resend`: all again so often, a little spread.
  ListSender(Scheduler& scheduler, Link link, Duration resend);

  void set_list(std::vector<std::string> images);
  void on_connected();

  std::uint64_t sent() const { return sent_; }

 private:
  void send_all();
  void go_on();
  void wait_for_resend();

  Scheduler& scheduler_;
  const Link link_;
  const Duration resend_;
  std::vector<std::string> list_;
  std::deque<std::string> to_send_;
  int refusals_ = 0;  // of the first one, in a row
  std::uint64_t sent_ = 0;
  HandlePtr pump_, timer_;
};

}  // namespace kip::publish
