#include "operator/status.h"

#include "base/text.h"
#include "core/rollout.h"

namespace kip::operators {

namespace {

constexpr std::size_t longest_message = 1024;  // metav1.Condition takes 32 KiB; people read less

std::string nodes_text(const core::Rollout& rollout) {
  return std::to_string(rollout.warm()) + " of " + std::to_string(rollout.desired) +
         " nodes have every image";
}

// Of an image or of nodes.
template <class Trouble>
std::string describe(const Trouble& trouble) {
  std::string on = trouble.nodes.empty() ? "no node" : trouble.nodes.front();
  if (trouble.nodes.size() > 1) on += " and " + std::to_string(trouble.nodes.size() - 1) + " more";
  return trouble.reason + " on " + on + ": " + trouble.message;
}

// An entry of the images that is left out is a warning for the service, which goes on; here it is
// an image that nobody gets.
bool is_serious(const config::Problem& problem) {
  return problem.severity == config::Problem::Severity::error ||
         problem.setting.starts_with("spec.image");
}

// Everything that somebody has to look at, in one text; empty: nothing.
std::string troubles_text(const Seen& seen, const core::Troubles& troubles) {
  std::vector<std::string> parts;
  for (const auto& problem : seen.problems)
    if (is_serious(problem)) parts.push_back(problem.setting + ": " + problem.message);
  if (!seen.trouble.empty()) parts.push_back(seen.trouble);
  if (seen.finding.is_warning)
    parts.push_back(seen.finding.message +
                    (seen.finding.detail.empty() ? "" : " (" + seen.finding.detail + ")"));
  for (const auto& trouble : troubles.images)
    parts.push_back(trouble.image + ": " + describe(trouble));
  for (const auto& trouble : troubles.nodes) parts.push_back(describe(trouble));
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

json conditions(const Seen& seen, const core::Rollout& rollout, const core::Troubles& troubles,
                WallTime now) {
  const bool is_settled = seen.finding.reason == core::reasons::steady.name && rollout.is_observed;
  const bool is_ready = is_settled && rollout.is_warm();
  const std::string trouble = troubles_text(seen, troubles);
  const std::string progress = !seen.settings             ? "the spec cannot be used"
                               : seen.daemonset.is_null() ? "there is no DaemonSet yet"
                                                          : nodes_text(rollout);
  json list = json::array();
  list.push_back(with_time(
      {"Ready", is_ready, is_ready ? "AllResourcesReady" : "DeploymentNotAvailable", progress},
      seen, now));
  const bool is_at_work = seen.settings && !is_ready;
  list.push_back(
      with_time({"Progressing", is_at_work, is_at_work ? "Reconciling" : "ReconcileComplete",
                 is_settled ? progress : seen.finding.message},
                seen, now));
  list.push_back(with_time({"Degraded", !trouble.empty(),
                            trouble.empty() ? "ReconcileComplete" : "ReconcileError", trouble},
                           seen, now));
  return list;
}

json image_list(const Seen& seen, const std::vector<core::ImageTrouble>& troubles) {
  const auto copies = core::spread(seen.pods);
  json list = json::array();
  for (const auto& image : seen.settings->images) {
    json entry = {{"name", image.name}, {"image", image.reference}, {"nodes", 0}};
    if (const auto found = copies.find(image.name); found != copies.end()) {
      entry["nodes"] = found->second.nodes;
      if (!found->second.digest.empty()) entry["digest"] = found->second.digest;
    }
    for (const auto& trouble : troubles)
      if (trouble.name == image.name) entry["lastError"] = cut(describe(trouble), longest_message);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

json status_of(const Seen& seen, WallTime now) {
  const auto rollout = core::rollout(seen.daemonset, 0);
  const auto troubles = core::troubles(seen.pods, now);
  json status = {{"observedGeneration", seen.generation},
                 {"conditions", conditions(seen, rollout, troubles, now)},
                 {"nodes", {{"desired", rollout.desired}, {"warm", rollout.warm()}}},
                 {"imageCount", 0},
                 {"images", json::array()}};
  if (!seen.kip_image.empty()) status["imagePullerImage"] = seen.kip_image;
  if (seen.settings) {
    status["imageCount"] = seen.settings->images.size();
    status["images"] = image_list(seen, troubles.images);
  }
  return status;
}

}  // namespace kip::operators
