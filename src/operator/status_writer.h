// Writes the status of one KubernetesImagePuller: only what changed, computed and sent at most once
// a second, and for ever until it is there. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "kube/client.h"
#include "kube/outage.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::operators {

class StatusWriter {
 public:
  // `present` the status that it has. `status` says what it should be, and
  // is given what it was.
  StatusWriter(kube::Client client, Scheduler& scheduler, kube::ObjectReference resource,
               const json& present, std::function<json(const json& last)> status);

  // What the status tells of may have changed.
  void mark();
  // The resource was read, with this status.
  void on_read(const json& status);

 private:
  void send();
  void on_answer(const kube::Answer& answer);
  void later(Duration delay);

  const kube::Client client_;
  Scheduler& scheduler_;
  const kube::ObjectReference resource_;
  const std::function<json(const json&)> status_;
  std::string present_, sent_;  // as text: a tenth of the memory, and seldom needed
  bool is_marked_ = false;
  SteadyTime last_{};
  kube::Outage outage_{"cannot write the status; trying again"};
  kube::RetryDelay retry_;
  HandlePtr call_, timer_;
};

}  // namespace kip::operators
