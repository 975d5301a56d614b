// Leader election by a Lease (coordination.k8s.io/v1), as client-go does it, so that one replica
// works and the others wait. Times are judged by our own clock alone: a holder is gone when its
// Lease has not changed for the Lease's duration. Belongs to the loop.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "kube/client.h"
#include "kube/outage.h"
#include "kube/retry_delay.h"
#include "loop/scheduler.h"

namespace kip::kube {

class LeaderElection {
 public:
  struct Sink {
    std::function<void()> on_started_leading;
    std::function<void()> on_stopped_leading;
  };
  LeaderElection(Client client, Scheduler& scheduler, const std::string& namespace_name,
                 std::string name, std::string identity, Sink sink);

  void start() { look(); }
  bool is_leader() const { return is_leader_; }
  // Gives it up, so that the next one need not wait. `done` is called when that is said, or cannot
  // be.
  void release(std::function<void()> done);

 private:
  void look();
  void on_lease(const Answer& answer);
  void write(const json& lease, bool is_new);
  void on_written(const Answer& answer, SteadyTime asked);
  bool is_free(const json& lease);
  json with_us(json lease) const;
  void lose(const char* why);
  void again(Duration delay);

  const Client client_;
  Scheduler& scheduler_;
  const ObjectReference lease_at_;
  const std::string identity_;
  const Sink sink_;
  bool is_leader_ = false, is_releasing_ = false;
  json lease_;               // as last read or written
  bool is_stale_ = false;    // a write was refused since
  std::string seen_;         // holder and renewal of somebody else's
  SteadyTime seen_since_{};  // when that was first seen
  RetryDelay retry_;
  Outage reading_{"cannot read the Lease; trying again"};
  Outage writing_{"cannot write the Lease; trying again"};
  std::function<void()> released_;
  HandlePtr call_, timer_, deadline_;
};

}  // namespace kip::kube
