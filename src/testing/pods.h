// Pods as an API server shows them, for tests.
#pragma once

#include <stdexcept>
#include <string>

#include "base/json.h"
#include "testing/settings.h"

namespace kip::testing {

inline json condition(const std::string& type, bool status, WallTime since,
                      const std::string& reason = "") {
  json made = {{"type", type},
               {"status", status ? "True" : "False"},
               {"lastTransitionTime", to_rfc3339(since)}};
  if (!reason.empty()) made["reason"] = reason;
  return made;
}

// Made at `created` for `node`; the scheduler did not look at it yet.
inline json new_pod(const std::string& node, WallTime created = noon()) {
  const json term = {{"matchFields", json::array({{{"key", "metadata.name"},
                                                   {"operator", "In"},
                                                   {"values", json::array({node})}}})}};
  json pod = {{"metadata", {{"name", "p-" + node}, {"creationTimestamp", to_rfc3339(created)}}}};
  pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = {
      {"nodeSelectorTerms", json::array({term})}};
  pod["spec"]["initContainers"] = json::array({{{"name", "copy-sleep"}, {"image", "kip:1"}}});
  pod["spec"]["containers"] =
      json::array({{{"name", "a"}, {"image", "reg/a:1"}}, {{"name", "b"}, {"image", "reg/b:1"}}});
  pod["status"] = {{"phase", "Pending"}};
  return pod;
}

inline json unschedulable_pod(const std::string& node, WallTime since = noon()) {
  json pod = new_pod(node, since);
  json scheduled = condition("PodScheduled", false, since, "Unschedulable");
  scheduled["message"] = "0/4 nodes are available: 1 Insufficient cpu.";
  pod["status"]["conditions"] = json::array({scheduled});
  return pod;
}

// Given its node, of which nothing is heard.
inline json scheduled_pod(const std::string& node, WallTime since = noon()) {
  json pod = new_pod(node, since);
  pod["spec"]["nodeName"] = node;
  pod["status"]["conditions"] = json::array({condition("PodScheduled", true, since)});
  return pod;
}

// Taken up by the kubelet: container "a" waits, "b" runs.
inline json waiting_pod(const std::string& node, const std::string& reason,
                        const std::string& message = "m", WallTime since = noon()) {
  json pod = scheduled_pod(node, since);
  pod["status"]["startTime"] = to_rfc3339(since);
  const json waiting = {{"waiting", {{"reason", reason}, {"message", message}}}};
  const json running = {{"running", {{"startedAt", to_rfc3339(since)}}}};
  pod["status"]["containerStatuses"] =
      json::array({{{"name", "a"}, {"state", waiting}, {"ready", false}},
                   {{"name", "b"}, {"state", running}, {"ready", true}}});
  json& conditions = pod["status"]["conditions"];
  conditions.push_back(condition("PodReadyToStartContainers", true, since));
  conditions.push_back(condition("Ready", false, since, "ContainersNotReady"));
  return pod;
}

inline json running_pod(const std::string& node, WallTime since = noon()) {
  json pod = waiting_pod(node, "", "", since);
  pod["status"]["phase"] = "Running";
  for (auto& status : pod["status"]["containerStatuses"]) {
    status["ready"] = true;
    status["state"] = {{"running", {{"startedAt", to_rfc3339(since)}}}};
  }
  pod["status"]["conditions"].back() = condition("Ready", true, since);
  return pod;
}

// With what the runtime says that it runs, as imageID.
inline json running_pod(const std::string& node, const std::string& a, const std::string& b) {
  json pod = running_pod(node);
  pod["status"]["containerStatuses"][0]["imageID"] = a;
  pod["status"]["containerStatuses"][1]["imageID"] = b;
  return pod;
}

// Of this DaemonSet's template, taken up by the kubelet; no container has begun.
inline json pod_of(const json& daemonset, const std::string& node, WallTime created = noon()) {
  json pod = scheduled_pod(node, created);
  pod["metadata"]["annotations"] = at(daemonset, "/spec/template/metadata/annotations");
  pod["spec"].update(at(daemonset, "/spec/template/spec"));
  pod["status"]["startTime"] = to_rfc3339(created);
  for (const char* list : {"initContainers", "containers"}) {
    const bool is_init = std::string(list) == "initContainers";
    json& statuses = pod["status"][is_init ? "initContainerStatuses" : "containerStatuses"];
    for (const auto& container : pod["spec"][list])
      statuses.push_back({{"name", container["name"]},
                          {"imageID", ""},
                          {"state", {{"waiting", {{"reason", "PodInitializing"}}}}}});
  }
  pod["status"]["conditions"].push_back(condition("PodReadyToStartContainers", true, created));
  pod["status"]["conditions"].push_back(condition("Ready", false, created, "ContainersNotReady"));
  return pod;
}

inline json& status_of(json& pod, const std::string& container) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"})
    for (auto& status : pod["status"][list])
      if (status["name"] == container) return status;
  throw std::runtime_error("no container " + container);
}

// A container runs, or ran.
inline void take(json& pod, const std::string& container, const std::string& image_id) {
  json& status = status_of(pod, container);
  status["imageID"] = image_id;
  status["state"] = {{"terminated", {{"exitCode", 0}}}};
}

inline void fail(json& pod, const std::string& container, const std::string& reason,
                 const std::string& message) {
  status_of(pod, container)["state"] = {{"waiting", {{"reason", reason}, {"message", message}}}};
}

}  // namespace kip::testing
