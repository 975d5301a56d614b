// Requests of one kind to nodes: how many are under way, whether we have the right, when each may
// be tried again, and what is said of failures. Belongs to the loop.
#pragma once

#include <algorithm>
#include <string>

#include "http/error.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::controller {

// A write to one node, which is tried until it works.
struct NodeAttempt {
  HandlePtr call;
  kube::RetryDelay retry;
  SteadyTime from{};  // not before
  int failures = 0;
  bool is_told = false;
};

class NodeLane {
 public:
  // What is said, and the resource as the API server's access control names it.
  struct Words {
    const char *resource, *missing_right, *rule, *trouble;
  };
  // At most so many are under way; `words` outlives it.
  NodeLane(Scheduler& scheduler, int most, const Words& words)
      : scheduler_(scheduler), most_(most), words_(words) {}

  bool is_full() const { return under_way_ >= most_; }
  int under_way() const { return under_way_; }
  void begun() { ++under_way_; }
  void ended() { --under_way_; }
  // When the attempt may be made at the earliest.
  SteadyTime from(const NodeAttempt& attempt) const { return std::max(attempt.from, from_); }

  void worked(NodeAttempt& attempt);
  // True if it was told, which it is once until it works. A missing right holds all nodes up, and
  // is told with its rule; what a policy or a webhook refuses is of this node.
  bool failed(NodeAttempt& attempt, const std::string& node, const http::Error& error);

 private:
  Scheduler& scheduler_;
  const int most_;
  const Words& words_;
  int under_way_ = 0;
  bool told_right_ = false;
  kube::RetryDelay refused_{5};  // some API servers take seconds until they know a new role
  SteadyTime from_{};            // not before, for all
};

}  // namespace kip::controller
