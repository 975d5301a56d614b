// The gate of nodes: a taint that a new node has until the critical images are there
// (docs/design/node-gate.md), and the condition ImagesWarm. What is kept of a node, and what to do
// about it next. Pure, so that every behaviour over time is a table test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/pod_summary.h"
#include "types/taint.h"

namespace kip::core {

// Of status.conditions of a node.
inline constexpr const char* images_warm = "ImagesWarm";

enum class GateReason : std::uint8_t {
  none,             // there is no such condition, or one of nobody's words
  waiting,          // False: the taint is there, and the images are not
  images_present,   // True
  no_images,        // True: none is meant for this node
  deadline_passed,  // False: the taint was taken off without the images
  images_missing,   // False: there is no taint
};
const char* name(GateReason reason);  // CamelCase, as in the condition; "" for none

// Images that nodes of the same labels wait for.
struct GateTarget {
  json node_selector, affinity;     // of the DaemonSet
  std::vector<std::string> images;  // references
  bool operator==(const GateTarget&) const = default;
};
// The critical images of the DaemonSets of these settings (groups_of), in their order; one target
// for each placement.
std::vector<GateTarget> gate_targets(const config::NodeGate& gate,
                                     const std::vector<config::Settings>& groups);

// The gate's taint on a node.
struct GateTaint {
  std::size_t index = 0;  // in spec.taints
  json as_it_is;          // core/v1 Taint
  WallTime added{};       // its timeAdded; most have none, which is the epoch here
};

// What is kept of a node: few bytes, as there may be thousands.
struct GateNode {
  std::string uid;
  WallTime created;
  std::optional<GateTaint> taint;
  // Its condition, as it was told last: by whichever process of ours.
  GateReason told = GateReason::none;
  WallTime told_at, since;       // lastHeartbeatTime, lastTransitionTime
  std::vector<bool> is_meant{};  // for each target: the node's labels let its DaemonSet run there
  bool is_ready = false;
  bool is_new = false;  // somebody is still to give it labels
};
GateNode gate_node(const json& node, const types::Taint& taint,
                   const std::vector<GateTarget>& targets);

// From now until the taint goes in any case. It counts from when the taint is known to be there: as
// the condition says, which outlasts us; else from timeAdded, or from the node's creation. Where
// that is longer ago than the deadline, nobody was here to look, or a clock is wrong: from now. So
// the answer is never longer than the deadline.
Duration time_left(const GateNode& node, WallTime now, Duration deadline);

using PodsOfNode = std::vector<const PodSummary*>;

// The critical images that no pod of ours on the node has, in order. Pods that are being deleted do
// not count, nor those of an earlier node of the same name.
std::vector<std::string> missing_images(const GateNode& node,
                                        const std::vector<GateTarget>& targets,
                                        const PodsOfNode& pods);

struct GateInput {
  const GateNode& node;
  const types::Taint& taint;
  const std::vector<GateTarget>& targets;
  Duration deadline;
  const PodsOfNode* pods = nullptr;  // null: they, or what is wanted, are not known
  std::optional<SteadyTime> due;     // of the taint; none: there is no taint
  // Since when the images are known to be missing where there is no taint.
  std::optional<SteadyTime> missing_since;
  SteadyTime now;
  WallTime wall_now;
};

struct GateStep {
  bool lifts = false;       // take the taint off
  bool is_overdue = false;  // although images are missing
  std::string why;          // what is missing and why, where it is overdue
  // Write the condition.
  GateReason tells = GateReason::none;
  std::string message;                  // of the condition
  bool is_missing = false;              // GateInput::missing_since is to be kept
  std::optional<SteadyTime> look_at{};  // when the answer changes by itself
};
GateStep gate_step(const GateInput& in);

// The condition (core/v1 NodeCondition) for a node that was told otherwise before.
// `waiting_since`: from when the deadline counts, for GateReason::waiting.
json warm_condition(const GateNode& before, GateReason reason, const std::string& message,
                    WallTime now, WallTime waiting_since);

}  // namespace kip::core
