// Takes over from the Go operator, which made a Deployment, a ConfigMap and RBAC for its resource:
// without a gap, as the DaemonSet stays. Its pod deletes the DaemonSet at its end, so its
// RoleBinding goes first, then the DaemonSet gets its new owner, then the rest goes, the Deployment
// last. Belongs to the loop.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>

#include "base/json.h"
#include "kube/client.h"
#include "kube/poll.h"
#include "loop/scheduler.h"
#include "operator/resource_surroundings.h"

namespace kip::operators {

class GoOperatorMigration {
 public:
  // Of what the Go operator made for this resource. `on_change` is called when `ready` or `trouble`
  // change.
  // `cluster` outlives it.
  GoOperatorMigration(kube::Client client, Scheduler& scheduler, Cluster& cluster,
                      const json& resource, std::function<void()> on_change);

  void start();
  // True once nobody else can delete the DaemonSet: now it may be taken.
  bool is_ready() const { return is_ready_; }
  // The Deployment's UID, as long as it is there.
  const std::set<std::string>& predecessors() const { return predecessors_; }
  // The DaemonSet is ours: what is left of the Go operator's objects goes.
  void finish();
  // Why it does not go on; empty: it does.
  const std::string& trouble() const { return trouble_; }

 private:
  struct Object {
    std::string what;  // its kind
    kube::ObjectReference place;
  };
  void on_deployment(const kube::Answer& answer);
  void on_refused(const http::Error& error);
  void nothing_to_do();
  void remove_next();
  void look_at(const Object& object);
  void remove(const Object& object, const std::string& uid);
  void done_with_one();
  kube::Poll::Options options(int forbidden_tries);
  kube::ObjectReference place(kube::Resource what, std::string name) const;
  kube::ObjectReference deployment() const;

  const kube::Client client_;
  Cluster& cluster_;
  const json resource_;
  const std::function<void()> on_change_;
  std::deque<Object> to_remove_;
  std::set<std::string> predecessors_;
  bool is_ready_ = false, is_finishing_ = false;
  std::string trouble_;
  kube::Poll look_, remove_;
};

}  // namespace kip::operators
