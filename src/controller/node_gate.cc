#include "controller/node_gate.h"

#include <algorithm>

#include "base/log.h"
#include "core/groups.h"
#include "kube/errors.h"
#include "types/object.h"

namespace kip::controller {

using namespace std::chrono_literals;

namespace {

// Hundreds of nodes may come at once, and each waits for this: as many requests as the operator has
// under way at most (kube/limited_transport.h).
constexpr int most_lifts = 16;
// A condition is for people and rules: 5,000 nodes are told in four minutes, beside the heartbeats
// of their kubelets, which write seventeen a second.
constexpr int most_tells = 4, tell_burst = 50;
constexpr Duration tell_pace = 50ms;
// Where somebody puts the taint on again and again, this ends the race.
constexpr int lift_burst = 25;
constexpr Duration lift_pace = 5s;

constexpr const char* events_of_nodes = "default";  // the namespace for what is of the cluster

constexpr const char* read_nodes = "apiGroups: [\"\"], resources: [nodes], verbs: [list, watch]";

constexpr NodeLane::Words lift_words{
    "nodes",
    "may not change nodes, so that the taint of NODE_GATE_TAINT stays on them; add the rule to a "
    "ClusterRole",
    "apiGroups: [\"\"], resources: [nodes], verbs: [patch]",
    "cannot take the taint off a node; trying again"};
constexpr NodeLane::Words tell_words{
    "nodes/status",
    "may not write the status of nodes, so that they have no condition ImagesWarm, and a deadline "
    "counts anew after a restart; add the rule to a ClusterRole",
    "apiGroups: [\"\"], resources: [nodes/status], verbs: [patch]",
    "cannot write the condition ImagesWarm of a node; trying again"};

std::optional<SteadyTime> earlier(std::optional<SteadyTime> a, std::optional<SteadyTime> b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

bool is_same_placement(const std::vector<core::GateTarget>& a,
                       const std::vector<core::GateTarget>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.node_selector == other.node_selector && one.affinity == other.affinity;
  });
}

// The very taint of this very node, so that what others do to its taints at the same time is kept.
json removal(const core::GateNode& node) {
  const std::string path = "/spec/taints/" + std::to_string(node.taint->index);
  return json::array({{{"op", "test"}, {"path", "/metadata/uid"}, {"value", node.uid}},
                      {{"op", "test"}, {"path", path}, {"value", node.taint->as_it_is}},
                      {{"op", "remove"}, {"path", path}}});
}

}  // namespace

NodeGate::Work::Work() : lifts(lift_burst, lift_pace) {}

NodeGate::NodeGate(http::Transport& transport, Scheduler& scheduler, PodInformer& pods,
                   const config::Settings& settings, bool are_images_known)
    : transport_(transport),
      scheduler_(scheduler),
      client_(transport),
      pods_(pods),
      taint_(*settings.node_gate.taint),
      deadline_(settings.node_gate.deadline),
      are_images_known_(are_images_known),
      targets_(core::gate_targets(settings.node_gate, core::groups_of(settings))),
      events_(transport, scheduler, events_of_nodes),
      outage_("cannot follow the nodes; trying again", "following the nodes again"),
      alarms_(scheduler, [this](const std::string& name) { look_at(name); }),
      tell_bucket_(tell_burst, tell_pace),
      lift_lane_(scheduler, most_lifts, lift_words),
      tell_lane_(scheduler, most_tells, tell_words) {}

void NodeGate::start() {
  following_pods_ = pods_.follow_nodes([this](const std::string& node) { look_at(node); },
                                       [this] { look_at_all(); });
  pods_.start();
  follow();
}

void NodeGate::update(const config::Settings& settings) {
  auto targets = core::gate_targets(settings.node_gate, core::groups_of(settings));
  const Duration longer = settings.node_gate.deadline - deadline_;
  const bool were_known = std::exchange(are_images_known_, true);
  if (longer == Duration::zero() && targets == targets_ && were_known) return;
  deadline_ = settings.node_gate.deadline;
  for (auto& [name, entry] : nodes_)
    if (entry.due) *entry.due += longer;
  const bool is_same = is_same_placement(targets, targets_);
  targets_ = std::move(targets);
  if (is_same) return look_at_all();
  // Labels are not kept, so that the nodes have to be read again.
  ++generation_;
  if (reflector_) follow();
}

void NodeGate::follow() {
  reflector_.emplace(
      transport_, scheduler_,
      kube::Reflector::Options{.collection = {kube::nodes, ""}, .optional = true},
      kube::Reflector::Sink{.on_list = [this] { ++list_; },
                            .on_object = [this](json& node) { take(node); },
                            .on_unreadable =
                                [this](const std::string& name) {
                                  if (const auto found = nodes_.find(name); found != nodes_.end())
                                    found->second.list = list_;
                                },
                            .on_deleted =
                                [this](const json& node) {
                                  if (const auto found = nodes_.find(object::name(node));
                                      found != nodes_.end())
                                    drop(found);
                                },
                            .on_listed = [this] { sweep(); },
                            .on_error = [this](const http::Error& error) { on_error(error); }});
  reflector_->start();
}

void NodeGate::take(json& node) {
  const std::string name = object::name(node);
  const auto found = nodes_.find(name);
  if (object::is_deleting(node)) {
    if (found != nodes_.end()) drop(found);
    return;
  }
  core::GateNode seen = core::gate_node(node, taint_, targets_);
  if (found != nodes_.end() && found->second.node.uid != seen.uid) drop(found);
  Entry& entry = nodes_[name];
  entry.list = list_;
  entry.generation = generation_;
  const bool had_taint = entry.node.taint.has_value();
  entry.node = std::move(seen);
  if (!entry.node.taint) {
    entry.due.reset();
  } else if (!had_taint) {
    // By the steady clock from here on: one that is set does not move it.
    entry.due = scheduler_.now() + core::time_left(entry.node, scheduler_.wall_now(), deadline_);
  }
  look_at(name);
}

void NodeGate::sweep() {
  outage_.over();
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    const auto one = it++;
    if (one->second.list != list_) drop(one);
  }
}

void NodeGate::drop(Nodes::iterator entry) {
  if (entry->second.work) {
    if (entry->second.work->lift.call) lift_lane_.ended();
    if (entry->second.work->tell.call) tell_lane_.ended();
  }
  alarms_.set(entry->first, std::nullopt);
  nodes_.erase(entry);
  next_lift();
  wake();
}

// Any number of events before the next turn of the loop are one look.
void NodeGate::look_at(const std::string& name) {
  news_.insert(name);
  wake();
}

void NodeGate::wake() {
  if (turn_) return;
  turn_ = scheduler_.after(Duration::zero(), [this] {
    const HandlePtr ended = std::move(turn_);
    look();
  });
}

void NodeGate::look_at_all() {
  for (const auto& [name, entry] : nodes_) look_at(name);
}

void NodeGate::look() {
  give_places();
  for (const auto& name : std::exchange(news_, {}))
    if (const auto found = nodes_.find(name); found != nodes_.end())
      judge(name, found->second, false);
  tell_next();
}

core::GateStep NodeGate::step_of(const std::string& name, Entry& entry) const {
  const core::PodsOfNode pods = pods_.pods_on(name);
  // One that is about to be read again, for other placements, keeps its deadline.
  const bool is_known = are_images_known_ && pods_.is_known() && entry.generation == generation_;
  return core::gate_step({entry.node, taint_, targets_, deadline_, is_known ? &pods : nullptr,
                          entry.due, entry.missing_since, scheduler_.now(), scheduler_.wall_now()});
}

// `has_turn`: its condition may be told now.
void NodeGate::judge(const std::string& name, Entry& entry, bool has_turn) {
  const core::GateStep step = step_of(name, entry);
  if (!step.is_missing) {
    entry.missing_since.reset();
  } else if (!entry.missing_since) {
    entry.missing_since = scheduler_.now();
  }
  std::optional<SteadyTime> alarm = step.look_at;
  if (step.lifts || step.tells != core::GateReason::none) {
    if (!entry.work) entry.work = std::make_unique<Work>();
    alarm =
        earlier(alarm, step.lifts ? lift(name, entry, step) : tell(name, entry, step, has_turn));
  }
  alarms_.set(name, alarm);
}

// Answers when to try again.
std::optional<SteadyTime> NodeGate::lift(const std::string& name, Entry& entry,
                                         const core::GateStep& step) {
  Work& work = *entry.work;
  const SteadyTime now = scheduler_.now(), from = lift_lane_.from(work.lift);
  if (work.lift.call) return std::nullopt;
  if (now < from) return from;
  if (lift_lane_.is_full()) {
    if (!std::exchange(entry.waits_to_lift, true)) waiting_lifts_.push_back(name);
    return std::nullopt;
  }
  if (!work.lifts.take(now)) return now + work.lifts.wait(now);
  lift_lane_.begun();
  work.sent = removal(entry.node);
  work.lift.call = client_.patch_if(
      {kube::nodes, "", name}, work.sent,
      [this, name, step](const kube::Answer& answer) { on_lifted(name, step, answer); });
  return std::nullopt;
}

void NodeGate::on_lifted(const std::string& name, const core::GateStep& step,
                         const kube::Answer& answer) {
  Entry& entry = nodes_.at(name);  // an answer comes only as long as there is its entry
  const HandlePtr ended = std::move(entry.work->lift.call);
  lift_lane_.ended();
  if (answer) {
    lift_lane_.worked(entry.work->lift);
    say(name, entry, step);
    json node = *answer;
    take(node);
  } else if (const http::Error& error = answer.error(); kube::is_not_found(error)) {
    // Its end is about to be told.
  } else if (error.status == 422 || kube::is_conflict(error)) {
    read_again(name, error);
  } else {
    on_refused_lift(name, entry, error);
  }
  next_lift();
}

void NodeGate::next_lift() {
  if (!waiting_lifts_.empty()) wake();
}

// One that has gone, or needs no lift any more, leaves its place to the next.
void NodeGate::give_places() {
  while (!waiting_lifts_.empty() && !lift_lane_.is_full()) {
    const std::string name = std::move(waiting_lifts_.front());
    waiting_lifts_.pop_front();
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) continue;
    found->second.waits_to_lift = false;
    judge(name, found->second, false);
  }
}

// A patch was refused as its tests failed: its taints were changed by somebody else, or it is
// another node. The watch would tell it, too, but may be behind. Where nothing has changed, it was
// a policy that refused it. A list of one, as the role has no `get`.
void NodeGate::read_again(const std::string& name, const http::Error& error) {
  lift_lane_.begun();
  nodes_.at(name).work->lift.call =
      client_.get_path("/api/v1/nodes?fieldSelector=metadata.name%3D" + name,
                       [this, name, error](const kube::Answer& answer) {
                         Entry& entry = nodes_.at(name);
                         const HandlePtr ended = std::move(entry.work->lift.call);
                         lift_lane_.ended();
                         if (!answer) return on_refused_lift(name, entry, answer.error());
                         for (json node : array_at(*answer, "/items")) {
                           const core::GateNode seen = core::gate_node(node, taint_, targets_);
                           if (seen.taint && removal(seen) == entry.work->sent)
                             on_refused_lift(name, entry, error);
                           return take(node);
                         }
                         look_at(name);  // its end is about to be told
                       });
}

void NodeGate::say(const std::string& name, const Entry& entry, const core::GateStep& step) {
  if (!step.is_overdue)
    return log::info("a node has its images; took its taint off",
                     {{"node", name}, {"taint", taint_.text()}});
  log::warn("a node has waited long enough; took its taint off, though images are missing",
            {{"node", name},
             {"taint", taint_.text()},
             {"after", to_text(deadline_)},
             {"missing", step.why}});
  warn(name, entry, core::name(core::GateReason::deadline_passed),
       "took the taint " + taint_.text() + " off after " + to_text(deadline_) +
           ", though images are missing: " + step.why);
}

void NodeGate::warn(const std::string& name, const Entry& entry, const char* reason,
                    const std::string& message) {
  const json node = {{"apiVersion", "v1"},
                     {"kind", "Node"},
                     {"metadata", {{"name", name}, {"uid", entry.node.uid}}}};
  events_.tell(node, reason, message, true);
}

std::optional<SteadyTime> NodeGate::tell(const std::string& name, Entry& entry,
                                         const core::GateStep& step, bool has_turn) {
  Work& work = *entry.work;
  const SteadyTime now = scheduler_.now(), from = tell_lane_.from(work.tell);
  if (work.tell.call) return std::nullopt;
  if (now < from) return from;
  if (!has_turn) {
    if (std::exchange(entry.is_queued, true)) return std::nullopt;
    // Nodes at the gate before those that are told how they are.
    const bool is_gated =
        step.tells == core::GateReason::waiting || entry.node.told == core::GateReason::waiting;
    tells_.insert(is_gated ? tells_.begin() : tells_.end(), name);
    return std::nullopt;
  }
  const WallTime wall = scheduler_.wall_now();
  WallTime waiting_since = entry.due ? wall + (*entry.due - now) - deadline_ : wall;
  // Else it would be taken for what was told of an earlier taint, where a clock is behind.
  if (entry.node.taint) waiting_since = std::max(waiting_since, entry.node.taint->added);
  const json patch = {
      {"metadata", {{"uid", entry.node.uid}}},
      {"status",
       {{"conditions", json::array({core::warm_condition(entry.node, step.tells, step.message, wall,
                                                         waiting_since)})}}}};
  tell_lane_.begun();
  work.tell.call =
      client_.merge_status({kube::nodes, "", name}, patch,
                           [this, name](const kube::Answer& answer) { on_told(name, answer); });
  return std::nullopt;
}

void NodeGate::on_told(const std::string& name, const kube::Answer& answer) {
  Entry& entry = nodes_.at(name);
  const HandlePtr ended = std::move(entry.work->tell.call);
  tell_lane_.ended();
  if (answer) {
    tell_lane_.worked(entry.work->tell);
    json node = *answer;
    take(node);
  } else if (!kube::is_not_found(answer.error())) {
    tell_lane_.failed(entry.work->tell, name, answer.error());
    look_at(name);
  }
  tell_next();
}

void NodeGate::on_refused_lift(const std::string& name, Entry& entry, const http::Error& error) {
  if (lift_lane_.failed(entry.work->lift, name, error))
    warn(name, entry, "TaintNotRemoved",
         "the taint " + taint_.text() + " cannot be taken off: " + error.message);
  look_at(name);
}

// As many as may be told now.
void NodeGate::tell_next() {
  while (!tells_.empty() && !tell_lane_.is_full() && !tell_timer_) {
    const SteadyTime now = scheduler_.now();
    if (!tell_bucket_.take(now)) {
      tell_timer_ = scheduler_.after(tell_bucket_.wait(now), [this] {
        const HandlePtr ended = std::move(tell_timer_);
        tell_next();
      });
      return;
    }
    const std::string name = std::move(tells_.front());
    tells_.pop_front();
    const int before = tell_lane_.under_way();
    if (const auto found = nodes_.find(name); found != nodes_.end()) {
      found->second.is_queued = false;
      judge(name, found->second, true);
    }
    if (tell_lane_.under_way() == before) tell_bucket_.give_back();
  }
}

void NodeGate::on_error(const http::Error& error) {
  if (!kube::is_forbidden(error)) return outage_.failed(error);
  if (reflector_->is_refused() && !std::exchange(told_refused_, true))
    kube::warn_of_missing_rule(
        "may not read nodes, so that the taint of NODE_GATE_TAINT stays on them; add the rule to "
        "a ClusterRole",
        read_nodes);
}

}  // namespace kip::controller
