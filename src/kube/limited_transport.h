// A Transport that has so many requests under way and no more; the others wait, first come, first
// served, and no more than a quarter of the places goes to writes of one namespace: a webhook there
// that takes its 30 s must not keep the others waiting. A thousand resources then do not ask the
// API server a thousand things at once. Streams do not count: they stay open. Belongs to the loop.
#pragma once

#include <memory>

#include "http/transport.h"

namespace kip::kube {

class LimitedTransport : public http::Transport {
 public:
  // An API server that answers in 5 ms gets 3,200 requests a second this way, and one that waits a
  // second for its webhooks 16. More would only queue there: its priority level workload-low has
  // some hundred seats for everybody's clients (API Priority and Fairness), and says 429 past them.
  static constexpr int usual_limit = 16;

  // `inner` and `scheduler` outlive this, and the handles. Destroying this gives up what waits and
  // what is under way.
  LimitedTransport(http::Transport& inner, Scheduler& scheduler, int limit = usual_limit);
  ~LimitedTransport() override;

  [[nodiscard]] HandlePtr send(http::Request request,
                               std::function<void(http::Answer)> done) override;
  [[nodiscard]] HandlePtr stream(http::Request request,
                                 std::function<void(std::string_view)> on_line,
                                 std::function<void(http::Answer)> on_end) override;

 private:
  struct Place;
  class Queue;
  http::Transport& inner_;
  std::shared_ptr<Queue> queue_;
};

}  // namespace kip::kube
