// Rules that roles should have and do not, each told in the log once, whoever misses it. A plain
// value.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "kube/outage.h"

namespace kip::controller {

class MissingRules {
 public:
  void tell(const char* message, const std::string& rule, log::Fields fields = {}) {
    if (told_.insert(rule).second) kube::warn_of_missing_rule(message, rule, std::move(fields));
  }

 private:
  std::set<std::string> told_;
};

}  // namespace kip::controller
