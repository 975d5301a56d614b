// Tells of what was found and done in Events of Kubernetes, where `kubectl describe` shows them.
// Only news, and without the permission nothing: the log has it all. Belongs to the loop.
#pragma once

#include <deque>
#include <string>

#include "base/json.h"
#include "kube/client.h"
#include "kube/retry_delay.h"
#include "kube/token_bucket.h"
#include "loop/scheduler.h"

namespace kip::kube {

class EventRecorder {
 public:
  EventRecorder(Client client, Scheduler& scheduler, std::string namespace_name);

  // `object` is what the Event is about: the DaemonSet, or the Deployment while there is none.
  void tell(const json& object, const std::string& reason, const std::string& message,
            bool is_warning);

 private:
  void send_next();
  void on_answer(const Answer& answer);

  const Client client_;
  Scheduler& scheduler_;
  const std::string namespace_name_;
  std::deque<json> waiting_;  // one request at a time; more than a few are a flood, and dropped
  RetryDelay retry_{2};
  SteadyTime not_before_{};
  TokenBucket bucket_;
  HandlePtr call_;
};

// An Event (core/v1) about `object`, with a name of its own; `namespace_name` is that of the Event,
// and of the object unless that is a Node, whose Events are in "default"; `random` is uniform in
// [0, 1).
json make_event(const json& object, const std::string& namespace_name, const std::string& reason,
                const std::string& message, bool is_warning, WallTime now, double random);

}  // namespace kip::kube
