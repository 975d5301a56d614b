#include "operator/status.h"

#include "base/text.h"

namespace kip::operators {

namespace {

constexpr std::size_t longest_message = 1024;  // metav1.Condition takes 32 KiB; people read less

std::string nodes_text(const core::Rollout& rollout) {
  return std::to_string(rollout.warm()) + " of " + std::to_string(rollout.desired) +
         " nodes have every image";
}

// Of an image or of nodes.
template <class Failure>
std::string describe(const Failure& failure) {
  std::string on = failure.nodes.empty() ? "no node" : failure.nodes.front();
  if (failure.nodes.size() > 1) on += " and " + std::to_string(failure.nodes.size() - 1) + " more";
  return failure.reason + " on " + on + ": " + failure.message;
}

// An entry of the images that is left out is a warning for the service, which goes on; here it is
// an image that nobody gets.
bool is_serious(const config::Problem& problem) {
  return problem.severity != config::Problem::Severity::warning;
}

std::string finding_text(const core::Finding& finding) {
  return finding.message + (finding.detail.empty() ? "" : " (" + finding.detail + ")");
}

// Everything that somebody has to look at, in one text; empty: nothing.
std::string failures_text(const Seen& seen, const core::PullerStatus& puller) {
  std::vector<std::string> parts;
  for (const auto& problem : seen.problems)
    if (is_serious(problem)) parts.push_back(problem.setting + ": " + problem.message);
  if (!seen.trouble.empty()) parts.push_back(seen.trouble);
  if (puller.finding.is_warning) parts.push_back(finding_text(puller.finding));
  for (const auto& failure : puller.failures.images)
    parts.push_back(failure.image + ": " + describe(failure));
  for (const auto& failure : puller.failures.nodes) parts.push_back(describe(failure));
  return cut(joined(parts, "; "), longest_message);
}

struct Condition {
  const char* type;
  bool is_true;
  const char* reason;
  std::string message;
};

json with_time(const Condition& condition, const Seen& seen, WallTime now) {
  json out = {{"type", condition.type},
              {"status", condition.is_true ? "True" : "False"},
              {"reason", condition.reason},
              {"message", condition.message},
              {"observedGeneration", seen.generation},
              {"lastTransitionTime", to_rfc3339(now)}};
  for (const auto& before : array_at(seen.last, "/conditions"))
    if (string_at(before, "/type") == condition.type &&
        string_at(before, "/status") == string_at(out, "/status") &&
        !string_at(before, "/lastTransitionTime").empty())
      out["lastTransitionTime"] = string_at(before, "/lastTransitionTime");
  return out;
}

json conditions(const Seen& seen, const core::PullerStatus& puller, WallTime now) {
  const bool is_settled =
      puller.finding.reason == core::reasons::steady.name && puller.rollout.is_observed;
  const bool is_ready = is_settled && puller.rollout.is_warm();
  const std::string failures = failures_text(seen, puller);
  const std::string progress = seen.puller == nullptr  ? "the spec cannot be used"
                               : !puller.has_daemonset ? "there is no DaemonSet yet"
                                                       : nodes_text(puller.rollout);
  json list = json::array();
  list.push_back(with_time(
      {"Ready", is_ready, is_ready ? "AllResourcesReady" : "DeploymentNotAvailable", progress},
      seen, now));
  const bool is_at_work = seen.puller != nullptr && !is_ready;
  list.push_back(
      with_time({"Progressing", is_at_work, is_at_work ? "Reconciling" : "ReconcileComplete",
                 is_settled ? progress : finding_text(puller.finding)},
                seen, now));
  list.push_back(with_time({"Degraded", !failures.empty(),
                            failures.empty() ? "ReconcileComplete" : "ReconcileError", failures},
                           seen, now));
  return list;
}

json image_list(const core::PullerStatus& puller) {
  json list = json::array();
  for (const auto& image : puller.images) {
    json entry = {{"name", image.name}, {"image", image.image}, {"nodes", image.nodes}};
    if (!image.digest.empty()) entry["digest"] = image.digest;
    for (const auto& failure : puller.failures.images)
      if (failure.name == image.name) entry["lastError"] = cut(describe(failure), longest_message);
    for (const auto& notice : puller.notices) {
      if (notice.name != image.name) continue;
      const bool is_more = notice.reason == &core::reasons::put_last;
      if (entry.contains("lastError") && !is_more) continue;
      const std::string before = string_at(entry, "/lastError");
      entry["lastError"] = cut(std::string(notice.reason->name) + ": " + notice.detail +
                                   (before.empty() ? "" : "; " + before),
                               longest_message);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

json status_of(const Seen& seen, WallTime now) {
  static const core::PullerStatus none;
  const core::PullerStatus& puller = seen.puller == nullptr ? none : *seen.puller;
  json status = {{"observedGeneration", seen.generation},
                 {"conditions", conditions(seen, puller, now)},
                 {"nodes", {{"desired", puller.rollout.desired}, {"warm", puller.rollout.warm()}}},
                 {"imageCount", puller.images.size()},
                 {"images", image_list(puller)}};
  if (!seen.kip_image.empty()) status["imagePullerImage"] = seen.kip_image;
  return status;
}

}  // namespace kip::operators
