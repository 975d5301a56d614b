// Says what is news: a finding of the plan, an image that fails on some node or no longer does,
// nodes that cannot take images, all nodes warm. Each once, when it begins or changes. Belongs to
// the loop.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "config/settings.h"
#include "core/plan.h"
#include "core/refresh.h"
#include "core/rollout.h"
#include "core/status.h"
#include "kube/event_recorder.h"

namespace kip::controller {

// Logs each problem of settings, with its severity. `fields` go into each line.
void log_problems(const config::Problems& problems, const log::Fields& fields = {});

class Reporter {
 public:
  // `namespace_name` and `name`, of the DaemonSet, go into every line, as an operator reports for
  // many.
  Reporter(kube::EventRecorder& events, std::string namespace_name, std::string name)
      : events_(events), namespace_name_(std::move(namespace_name)), name_(std::move(name)) {}

  // `subject` is what an Event is about: the DaemonSet, or the Deployment where there is none.
  // `acted`: the API server has accepted what follows from the finding.
  void on_finding(const core::Finding& finding, const json& subject, bool acted);
  // Each failure is told when it begins, when it has spread to twice as many nodes, and when it
  // ended; one that comes and goes, once in a minute.
  void on_failures(const core::Failures& failures, const json& daemonset, WallTime now);
  // Each when it begins, and when it is over.
  void on_notices(const std::vector<core::ImageNotice>& notices, const json& subject);
  // When to call on_failures() again although nothing changed: what was not told then is due.
  std::optional<WallTime> requeue_at() const { return requeue_at_; }
  // Tells when every node is warm, with the time since this generation was first seen.
  void on_rollout(const core::Rollout& rollout, const json& daemonset, SteadyTime now);

 private:
  // What a failure is of: an image, or all nodes with one reason.
  struct Subject {
    std::string name;   // of the container; of nodes: the reason
    std::string image;  // empty: of nodes
    bool pull_failed = false;
    auto operator<=>(const Subject&) const = default;
  };
  struct Told {
    WallTime at;                     // when it was last told that it is there
    std::vector<std::string> nodes;  // that it had then, and still has; sorted
    std::size_t count = 0;           // of the nodes that it had then
    bool is_over = false;
  };
  using Tellings = std::map<Subject, Told>;

  void tell_image(const core::ImageFailure& failure, const json& daemonset);
  void tell_nodes(const core::NodeFailure& failure, const std::vector<std::string>& news,
                  const json& daemonset);
  std::vector<std::string> news_of(const Subject& subject, const std::vector<std::string>& nodes,
                                   WallTime now);
  void tell_what_ended(const core::Failures& failures, WallTime now);
  bool is_due(WallTime time, WallTime now);

  kube::EventRecorder& events_;
  const std::string namespace_name_, name_;
  core::Finding last_;
  Tellings told_;
  std::set<std::pair<std::string, std::string>> told_notices_;  // image and reason
  std::optional<WallTime> requeue_at_;
  std::int64_t warm_nodes_ = -1;
  std::int64_t begun_generation_ = -1;
  std::string begun_uid_;
  SteadyTime begun_{};
};

}  // namespace kip::controller
