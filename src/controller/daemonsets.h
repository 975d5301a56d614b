// DaemonSets as the API server tells of them, by one list and watch for all that keep one: of one
// name, or, for an operator, of all that have our label. Keeps no object itself. Owned by the
// service or the operator, and outlives its followers. Belongs to the loop.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/json.h"
#include "http/transport.h"
#include "kube/informer.h"
#include "kube/outage.h"
#include "loop/scheduler.h"

namespace kip::controller {

// Which objects one list and watch is for.
struct Scope {
  std::string namespace_name = {};  // empty: all of the cluster
  std::string daemonset = {};       // of this name alone; empty: all that have our label
};

class DaemonSets {
 public:
  // What is told to one that follows a DaemonSet. It may not end following from inside a call.
  class Follower {
   public:
    virtual ~Follower() = default;
    virtual void on_object(json object) = 0;
    virtual void on_gone(const std::string& uid) = 0;
    // A list is complete; `is_there`: it had this one.
    virtual void on_synced(bool is_there) = 0;
  };

  // `on_stray` gets each object that nobody follows; null: nobody asks.
  DaemonSets(http::Transport& transport, Scheduler& scheduler, Scope scope,
             std::function<void(const json&)> on_stray = nullptr);

  // Starts with a list. Call once.
  void start() { informer_.start(); }

  // Until the handle is destroyed. Several may follow one DaemonSet: two resources that ask for the
  // same name. Only what comes from now on is told.
  [[nodiscard]] HandlePtr follow(const std::string& namespace_name, const std::string& name,
                                 Follower& follower);

  // False until the first list came in.
  bool is_synced() const { return informer_.is_synced(); }
  bool is_away() const { return informer_.is_away(); }
  bool is_of_one_name() const { return !scope_.daemonset.empty(); }
  // False for what has lost our label, or never had it, where the scope is the label's.
  bool tells_of(const json& daemonset) const;

 private:
  class Following;

  void on_object(json& object);
  void on_synced();

  const Scope scope_;
  const std::function<void(const json&)> on_stray_;
  std::multimap<std::string, Follower*> followers_;  // by "namespace/name"
  kube::Outage outage_{"cannot follow the DaemonSet; trying again",
                       "following the DaemonSet again"};
  kube::Informer informer_;
};

}  // namespace kip::controller
