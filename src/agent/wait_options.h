// The command line of `image-puller-agent wait`. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace kip::agent {

struct WaitOptions {
  std::string namespace_name = {};  // empty: the pod's own
  std::string daemonset = {};
  Duration timeout = std::chrono::minutes(10);
  bool best_effort = false;  // exit 0 also where the time is over
};

struct WaitReading {
  WaitOptions options = {};
  bool wants_help = false;
  std::vector<std::string> problems = {};  // which argument, what was there, what is expected
};

// The arguments behind `wait`: flags, then the DaemonSet's name.
WaitReading read_wait_options(const std::vector<std::string>& arguments);

std::string wait_help();

}  // namespace kip::agent
