#include "core/node_gate.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "config/node_gate.h"
#include "core/node_match.h"
#include "types/object.h"

namespace kip::core {

using namespace std::chrono_literals;

namespace {

constexpr std::array<const char*, 6> names = {"",         "Waiting",        "ImagesPresent",
                                              "NoImages", "DeadlinePassed", "ImagesMissing"};

// Who makes nodes gives them labels until these are gone.
constexpr std::array<std::string_view, 2> taints_of_new_nodes = {
    "node.cloudprovider.kubernetes.io/uninitialized", "karpenter.sh/unregistered"};

// A pod of this node was made after it; only clocks of API servers that differ make it look
// earlier. No machine is replaced by another of its name in this time.
constexpr Duration most_skew = 5s;

// A pod that is replaced, or a list that is edited, is no news for those who follow the condition.
constexpr Duration patience = 1min;

constexpr std::size_t most_named = 3;         // images in a message
constexpr std::size_t longest_message = 150;  // of one pod's trouble, in bytes

WallTime time_at(const json& object, std::string_view path) {
  return from_rfc3339(string_at(object, path)).value_or(WallTime{});
}

bool is_true(GateReason reason) {
  return reason == GateReason::images_present || reason == GateReason::no_images;
}
bool is_false(GateReason reason) { return reason != GateReason::none && !is_true(reason); }

void read_condition(const json& node, GateNode& into) {
  for (const auto& condition : array_at(node, "/status/conditions")) {
    const std::string type = string_at(condition, "/type");
    if (type == "Ready") into.is_ready = string_at(condition, "/status") == "True";
    if (type != images_warm) continue;
    const std::string reason = string_at(condition, "/reason");
    const auto known = std::find(names.begin() + 1, names.end(), reason);
    if (known != names.end()) into.told = static_cast<GateReason>(known - names.begin());
    into.told_at = time_at(condition, "/lastHeartbeatTime");
    into.since = time_at(condition, "/lastTransitionTime");
  }
}

bool counts(const PodSummary& pod, const GateNode& node) {
  return !pod.deleting && pod.created + most_skew >= node.created;
}

bool has(const PodsOfNode& pods, const GateNode& node, const std::string& image) {
  return std::any_of(pods.begin(), pods.end(), [&](const PodSummary* pod) {
    return counts(*pod, node) &&
           std::any_of(pod->copies->begin(), pod->copies->end(),
                       [&](const Copy& copy) { return copy.reference == image; });
  });
}

bool has_images(const GateNode& node, const std::vector<GateTarget>& targets) {
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (node.is_meant[i] && !targets[i].images.empty()) return true;
  return false;
}

std::size_t count_of_images(const GateNode& node, const std::vector<GateTarget>& targets) {
  return missing_images(node, targets, {}).size();
}

std::string images_in_words(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " image" : " images");
}

std::string named(const std::vector<std::string>& images) {
  std::string text;
  for (std::size_t i = 0; i < std::min(images.size(), most_named); ++i)
    text += (i > 0 ? ", " : "") + images[i];
  if (images.size() > most_named)
    text += " and " + std::to_string(images.size() - most_named) + " more";
  return text;
}

// The pod's own words, of the first trouble that has some.
std::string trouble(const PodsOfNode& pods, const GateNode& node,
                    const std::vector<std::string>& missing, WallTime now) {
  const auto told = [](const std::string& reason, const std::string& message) {
    return message.empty() ? reason : reason + ": " + cut(message, longest_message);
  };
  bool has_pod = false;
  for (const PodSummary* pod : pods) {
    if (!counts(*pod, node)) continue;
    has_pod = true;
    if (!pod->unwell) continue;
    for (const auto& waiting : pod->unwell->waiting)
      if (std::find(missing.begin(), missing.end(), waiting.image) != missing.end())
        return told(waiting.reason, waiting.message);
    if (const PodFailure* whole = failure_at(*pod, now)) return told(whole->reason, whole->message);
    for (const auto& waiting : pod->unwell->waiting) return told(waiting.reason, waiting.message);
  }
  return has_pod ? "still pulling, or not begun" : "the puller has no pod on the node";
}

std::string why_overdue(const GateInput& in, const std::vector<std::string>& missing) {
  if (in.pods == nullptr) return "the puller's pods or its list are not known";
  if (missing.empty()) return "the node is not Ready, or its labels are not complete";
  return named(missing) + " (" + trouble(*in.pods, in.node, missing, in.wall_now) + ")";
}

std::string awaited(const GateInput& in) {
  if (in.pods == nullptr) return "images that are not known yet";
  const std::size_t count = count_of_images(in.node, in.targets);
  return count > 0 ? images_in_words(count) : "the node to be Ready";
}

GateStep step_with_taint(const GateInput& in) {
  GateStep step;
  std::vector<std::string> missing;
  if (in.pods != nullptr) {
    const bool has_any = has_images(in.node, in.targets);
    missing = missing_images(in.node, in.targets, *in.pods);
    step.lifts = missing.empty() && !in.node.is_new && (has_any || in.node.is_ready);
  }
  if (step.lifts) return step;
  if (in.now >= *in.due) {
    step.lifts = step.is_overdue = true;
    step.why = why_overdue(in, missing);
    return step;
  }
  step.look_at = in.due;
  const bool is_of_before = in.node.taint->added > in.node.told_at;
  if (in.node.told == GateReason::waiting && !is_of_before) return step;
  step.tells = GateReason::waiting;
  step.message = "the taint " + in.taint.text() + " waits for " + awaited(in) + ", until " +
                 to_rfc3339(in.wall_now + (*in.due - in.now)) + " at the latest";
  return step;
}

GateStep step_without_taint(const GateInput& in) {
  GateStep step;
  const bool has_passed =
      in.node.told == GateReason::waiting && in.wall_now >= in.node.told_at + in.deadline;
  if (in.pods == nullptr) {
    if (has_passed) step.tells = GateReason::deadline_passed;
    step.message = "the taint was taken off when images were not known";
    return step;
  }
  const auto missing = missing_images(in.node, in.targets, *in.pods);
  if (!has_images(in.node, in.targets)) {
    if (is_false(in.node.told)) step.tells = GateReason::no_images;
    step.message = "none of the images that are waited for is meant for this node";
    return step;
  }
  if (missing.empty()) {
    if (!is_true(in.node.told)) step.tells = GateReason::images_present;
    const std::size_t count = count_of_images(in.node, in.targets);
    step.message = count == 1 ? "the image is on the node"
                              : "all " + std::to_string(count) + " images are on the node";
    return step;
  }
  if (in.node.told == GateReason::waiting) {
    step.tells = has_passed ? GateReason::deadline_passed : GateReason::images_missing;
  } else if (!is_false(in.node.told)) {
    step.is_missing = true;
    const SteadyTime from = in.missing_since.value_or(in.now);
    if (in.now >= from + patience) {
      step.tells = GateReason::images_missing;
    } else {
      step.look_at = from + patience;
    }
  }
  step.message =
      (step.tells == GateReason::deadline_passed ? "the taint was taken off without these images: "
                                                 : "not there when this was told: ") +
      why_overdue(in, missing);
  return step;
}

}  // namespace

const char* name(GateReason reason) { return names[static_cast<std::size_t>(reason)]; }

std::vector<GateTarget> gate_targets(const config::NodeGate& gate,
                                     const std::vector<config::Settings>& groups) {
  std::vector<GateTarget> targets;
  for (const auto& group : groups) {
    auto target = std::find_if(targets.begin(), targets.end(), [&](const GateTarget& one) {
      return one.node_selector == group.node_selector && one.affinity == group.affinity;
    });
    if (target == targets.end())
      target = targets.insert(targets.end(), {group.node_selector, group.affinity, {}});
    for (const auto& image : group.images) {
      const auto& text = image.reference.text;
      const bool is_critical =
          gate.images.empty() ||
          std::any_of(gate.images.begin(), gate.images.end(),
                      [&](const auto& entry) { return config::means(entry, image); });
      if (is_critical &&
          std::find(target->images.begin(), target->images.end(), text) == target->images.end())
        target->images.push_back(text);
    }
  }
  return targets;
}

GateNode gate_node(const json& node, const types::Taint& taint,
                   const std::vector<GateTarget>& targets) {
  GateNode made;
  made.uid = object::uid(node);
  made.created = time_at(node, "/metadata/creationTimestamp");
  read_condition(node, made);
  const json& taints = array_at(node, "/spec/taints");
  for (std::size_t i = 0; i < taints.size(); ++i) {
    if (!made.taint && taint.is(taints[i]))
      made.taint = {i, taints[i], time_at(taints[i], "/timeAdded")};
    const std::string key = string_at(taints[i], "/key");
    if (std::find(taints_of_new_nodes.begin(), taints_of_new_nodes.end(), key) !=
        taints_of_new_nodes.end())
      made.is_new = true;
  }
  made.is_meant.reserve(targets.size());
  for (const auto& target : targets)
    made.is_meant.push_back(is_selected(node, target.node_selector, target.affinity));
  return made;
}

Duration time_left(const GateNode& node, WallTime now, Duration deadline) {
  const WallTime added = node.taint ? node.taint->added : WallTime{};
  if (node.told == GateReason::waiting && added <= node.told_at)
    return std::clamp<Duration>(node.told_at + deadline - now, Duration::zero(), deadline);
  const bool is_dated = added != WallTime{};
  // What was told since is of an earlier time that the taint was there.
  if (!is_dated && node.told != GateReason::none) return deadline;
  const Duration age = now - (is_dated ? added : node.created);
  return age >= Duration::zero() && age < deadline ? deadline - age : deadline;
}

std::vector<std::string> missing_images(const GateNode& node,
                                        const std::vector<GateTarget>& targets,
                                        const PodsOfNode& pods) {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (!node.is_meant[i]) continue;
    for (const auto& image : targets[i].images)
      if (!has(pods, node, image) &&
          std::find(missing.begin(), missing.end(), image) == missing.end())
        missing.push_back(image);
  }
  return missing;
}

GateStep gate_step(const GateInput& in) {
  return in.node.taint ? step_with_taint(in) : step_without_taint(in);
}

json warm_condition(const GateNode& before, GateReason reason, const std::string& message,
                    WallTime now, WallTime waiting_since) {
  const bool is_same_status =
      before.told != GateReason::none && is_true(before.told) == is_true(reason);
  return {{"type", images_warm},
          {"status", is_true(reason) ? "True" : "False"},
          {"reason", name(reason)},
          {"message", message},
          {"lastHeartbeatTime", to_rfc3339(reason == GateReason::waiting ? waiting_since : now)},
          {"lastTransitionTime", to_rfc3339(is_same_status ? before.since : now)}};
}

}  // namespace kip::core
