// Whether the cluster is OpenShift: known by the API group of its routes. Asks until it is
// answered. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "http/transport.h"
#include "kube/backoff.h"
#include "loop/scheduler.h"

namespace kip::controller {

class OpenShift {
 public:
  OpenShift(http::Transport& transport, Scheduler& scheduler)
      : transport_(transport), scheduler_(scheduler) {}

  // `on_known` is called once. Call once.
  void look(std::function<void()> on_known);

  bool known() const { return known_; }
  bool is_there() const { return is_there_; }

 private:
  void ask();
  void on_answer(const Result<json>& answer);

  http::Transport& transport_;
  Scheduler& scheduler_;
  std::function<void()> on_known_;
  bool known_ = false, is_there_ = false;
  std::string last_error_;
  kube::Backoff backoff_;
  HandlePtr call_, timer_;
};

}  // namespace kip::controller
