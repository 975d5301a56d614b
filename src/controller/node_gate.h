// The gate of nodes at work (core/node_gate.h): follows the nodes, takes the taint off those that
// have their images or have waited long enough, and keeps their condition ImagesWarm. Nothing that
// counts is here alone: a process that starts anew, or a second one beside it, goes on from what
// the nodes themselves say. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/settings.h"
#include "controller/alarms.h"
#include "controller/pod_informer.h"
#include "core/node_gate.h"
#include "http/transport.h"
#include "kube/client.h"
#include "kube/event_recorder.h"
#include "kube/outage.h"
#include "kube/reflector.h"
#include "kube/retry_delay.h"
#include "kube/token_bucket.h"
#include "loop/scheduler.h"

namespace kip::controller {

class NodeGate {
 public:
  // `settings.node_gate.taint` is there. `pods` outlives this. Where `are_images_known` is false,
  // nodes are opened by their deadline alone until update() comes.
  NodeGate(http::Transport& transport, Scheduler& scheduler, PodInformer& pods,
           const config::Settings& settings, bool are_images_known = true);

  // Until then no node is looked at. Call once.
  void start();
  // Takes other images, placements, and another deadline; the taint has to be the same.
  void update(const config::Settings& settings);
  const types::Taint& taint() const { return taint_; }

 private:
  // What only nodes need that are written to.
  struct Work {
    HandlePtr lift, tell;
    kube::TokenBucket lifts;
    kube::RetryDelay lift_retry, tell_retry;
    SteadyTime lift_from{}, tell_from{};  // not before
    bool told_refused = false;            // that the taint may not be taken off this node
    Work();
  };
  struct Entry {
    core::GateNode node;
    std::uint32_t list = 0;        // the last one that told it
    std::uint32_t generation = 0;  // of the targets that node.is_meant is of
    bool is_queued = false;        // in tells_
    bool waits_to_lift = false;    // in waiting_lifts_
    std::optional<SteadyTime> due, missing_since;
    std::unique_ptr<Work> work;  // null: none yet
  };
  using Nodes = std::map<std::string, Entry>;
  // Requests of one kind, of all nodes: how many, and whether they are allowed.
  struct Lane {
    int under_way = 0;
    bool told_refused = false;
    kube::RetryDelay refused{5};  // some API servers take seconds until they know a new role
    SteadyTime from{};            // not before
    void worked() {
      refused.reset();
      told_refused = false;
    }
  };

  void follow();
  void take(json& node);
  void sweep();
  void drop(Nodes::iterator entry);
  void look_at(const std::string& name);
  void look_at_all();
  void wake();
  void look();
  void next_lift();
  void give_places();
  void judge(const std::string& name, Entry& entry, bool has_turn);
  core::GateStep step_of(const std::string& name, Entry& entry) const;
  std::optional<SteadyTime> lift(const std::string& name, Entry& entry, const core::GateStep& step);
  std::optional<SteadyTime> tell(const std::string& name, Entry& entry, const core::GateStep& step,
                                 bool has_turn);
  void on_lifted(const std::string& name, const core::GateStep& step, const json& patch,
                 const kube::Answer& answer);
  void on_told(const std::string& name, const kube::Answer& answer);
  void on_lift_failed(const std::string& name, Entry& entry, const http::Error& error);
  void read_again(const std::string& name, const json& patch, const http::Error& error);
  void say(const std::string& name, const Entry& entry, const core::GateStep& step);
  void tell_next();
  bool is_refused(Lane& lane, const http::Error& error, const char* resource, const char* message,
                  const char* rule);
  void on_error(const http::Error& error);

  http::Transport& transport_;
  Scheduler& scheduler_;
  const kube::Client client_;
  PodInformer& pods_;
  const types::Taint taint_;
  Duration deadline_;
  bool are_images_known_;
  std::vector<core::GateTarget> targets_;
  std::uint32_t generation_ = 1, list_ = 0;

  kube::EventRecorder events_;
  kube::Outage outage_, lift_outage_, tell_trouble_;
  bool told_refused_ = false;
  Nodes nodes_;
  std::set<std::string> news_;             // nodes to look at in the next turn
  std::deque<std::string> waiting_lifts_;  // there is no place for them yet
  std::deque<std::string> tells_;          // the next first
  Alarms alarms_;
  kube::TokenBucket tell_bucket_;
  Lane lift_lane_, tell_lane_;
  HandlePtr turn_, tell_timer_, following_pods_;
  std::optional<kube::Reflector> reflector_;
};

}  // namespace kip::controller
