// Says what is news: a finding of the plan, an image that fails on some node or no longer does, all
// nodes warm. Each once, when it begins or changes. Belongs to the loop.
#pragma once

#include <map>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "core/plan.h"
#include "core/pods.h"
#include "runtime/events.h"

namespace kip::runtime {

class Reporter {
 public:
  // `namespace_name` goes into every line, as an operator reports for many.
  Reporter(Events& events, std::string namespace_name)
      : events_(events), namespace_name_(std::move(namespace_name)) {}

  // `subject` is what an Event is about: the DaemonSet, or the Deployment where there is none.
  void on_finding(const core::Finding& finding, const json& subject, bool acted);
  void on_troubles(const std::vector<core::ImageTrouble>& troubles, const json& daemonset);
  void on_status(const json& daemonset, SteadyTime now);

 private:
  Events& events_;
  const std::string namespace_name_;
  core::Finding last_;
  std::map<std::string, core::ImageTrouble> troubles_;  // by container, as last told
  std::int64_t warm_generation_ = -1;
  std::int64_t warm_nodes_ = -1;
  std::int64_t begun_generation_ = -1;
  SteadyTime begun_{};
};

}  // namespace kip::runtime
