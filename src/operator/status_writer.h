// Writes the status of one KubernetesImagePuller: only what changed, at most once a second, and for
// ever until it is there. Belongs to the loop.
#pragma once

#include <string>

#include "base/backoff.h"
#include "base/json.h"
#include "base/scheduler.h"
#include "kube/refusal.h"
#include "kube/transport.h"

namespace kip::operators {

class StatusWriter {
 public:
  // `path` of the resource; `present` the status that it has.
  StatusWriter(kube::Transport& transport, Scheduler& scheduler, std::string path, json present);

  void write(json status);
  // The resource was read, with this status.
  void on_read(const json& status);

 private:
  void send();
  void on_answer(const Result<json>& answer);
  void later(Duration delay);

  kube::Transport& transport_;
  Scheduler& scheduler_;
  const std::string path_;
  json wanted_, present_, sent_;
  SteadyTime last_{};
  std::string last_error_;
  Backoff backoff_;
  HandlePtr call_, timer_;
};

}  // namespace kip::operators
