#include "agent/rollout.h"

#include <algorithm>

namespace kip::agent {

namespace {

const json* condition(const json& pod, const char* type) {
  for (const auto& each : array_at(pod, "/status/conditions"))
    if (string_at(each, "/type") == type) return &each;
  return nullptr;
}

// How a container ended at last, also before its restart.
const json& last_end(const json& status) {
  const json& now = object_at(status, "/state/terminated");
  return now.empty() ? object_at(status, "/lastState/terminated") : now;
}

// The failures in what `fetch` leaves as its termination message; none in any other text. A line of
// the list that is no image has no name.
std::vector<std::string> failed_images(const json& end) {
  std::vector<std::string> found;
  const json message = parse_json(string_at(end, "/message"));
  for (const auto& each : array_at(message, "/failures")) {
    const std::string image = string_at(each, "/image");
    found.push_back((image.empty() ? "" : image + ": ") + string_at(each, "/kind") + ": " +
                    string_at(each, "/message"));
  }
  return found;
}

std::string words(const json& state) {
  const std::string message = string_at(state, "/message");
  return string_at(state, "/reason") + (message.empty() ? "" : ": " + message);
}

// Of the first container that is in the way; empty: none is.
std::vector<std::string> problems_of(const json& statuses) {
  for (const auto& status : statuses) {
    const json& end = last_end(status);
    if (int_at(end, "/exitCode") != 0) {
      auto images = failed_images(end);
      if (images.empty())
        images.push_back("exit code " + std::to_string(int_at(end, "/exitCode")) +
                         "; see the log of its container " + string_at(status, "/name"));
      return images;
    }
    if (const json& waiting = object_at(status, "/state/waiting"); !waiting.empty())
      return {words(waiting)};
    if (!object_at(status, "/state/running").empty() && at(status, "/ready") == false)
      return {"its container " + string_at(status, "/name") + " is at work"};
  }
  return {};
}

}  // namespace

Rollout rollout_of(const json& daemonset) {
  if (int_at(daemonset, "/status/observedGeneration") < int_at(daemonset, "/metadata/generation"))
    return {};
  Rollout rollout;
  rollout.nodes = int_at(daemonset, "/status/desiredNumberScheduled");
  const auto updated = int_at(daemonset, "/status/updatedNumberScheduled");
  rollout.ready = std::min(updated, int_at(daemonset, "/status/numberReady"));
  rollout.is_complete = rollout.ready >= rollout.nodes;
  return rollout;
}

std::vector<std::string> rollout_problems(const json& pod) {
  const json* ready = condition(pod, "Ready");
  if (ready != nullptr && string_at(*ready, "/status") == "True") return {};
  auto problems = problems_of(array_at(pod, "/status/initContainerStatuses"));
  if (problems.empty()) problems = problems_of(array_at(pod, "/status/containerStatuses"));
  const json* scheduled = condition(pod, "PodScheduled");
  if (problems.empty() && scheduled != nullptr && string_at(*scheduled, "/status") != "True")
    problems = {words(*scheduled)};
  if (problems.empty()) problems = {"its pod is not ready"};
  const std::string node = string_at(pod, "/spec/nodeName");
  for (auto& each : problems)
    each.insert(0, (node.empty() ? "pod " + string_at(pod, "/metadata/name") : node) + ": ");
  return problems;
}

}  // namespace kip::agent
