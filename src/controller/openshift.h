// Whether the cluster is OpenShift: known by the API group of its routes. Asks until it is
// answered. Belongs to the loop.
#pragma once

#include <functional>

#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"

namespace kip::controller {

class OpenShift {
 public:
  OpenShift(kube::Client client, Scheduler& scheduler);

  // `on_known` is called once. Call once.
  void look(std::function<void()> on_known);

  bool is_known() const { return is_known_; }
  bool is_there() const { return is_there_; }

 private:
  void on_answer(const kube::Answer& answer);

  const kube::Client client_;
  std::function<void()> on_known_;
  bool is_known_ = false, is_there_ = false;
  kube::Poll poll_;
};

}  // namespace kip::controller
