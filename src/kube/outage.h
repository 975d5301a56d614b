// Says in the log that something does not work, once, and that it works again. While nobody
// answers, the tries come twice a second, all with one message; a balancer may answer now and then.
// A plain value.
#pragma once

#include <set>
#include <string>

#include "base/log.h"
#include "http/error.h"

namespace kip::kube {

class Outage {
 public:
  // "cannot read the Lease; trying again", and what is said when it is over: "reading the Lease
  // again"; null: nothing. `fields` go into each line.
  explicit Outage(const char* trouble, const char* over = nullptr, log::Fields fields = {});

  // A warning where it is the first of its words in this outage, else at debug level.
  void failed(const http::Error& error);
  // It works.
  void over();

 private:
  const char* trouble_;
  const char* over_;
  log::Fields fields_;
  std::set<std::string> told_;
};

// A permission that the work can go on without. `rule` is what to add to the Role:
// `apiGroups: [apps], resources: [deployments], verbs: [get]`.
void warn_of_missing_rule(const char* message, const std::string& rule, log::Fields fields = {});

}  // namespace kip::kube
