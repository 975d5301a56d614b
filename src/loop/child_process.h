// Runs a program without blocking the loop and collects what it writes. Belongs to the loop.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "loop/scheduler.h"

namespace kip {

struct ChildSettings {
  std::vector<std::string> command;  // a path, or a name that is looked up in PATH; then arguments
  // Added to ours, replacing the same names.
  std::vector<std::pair<std::string, std::string>> env = {};
  std::string input = {};  // on its stdin, which then ends
  Duration deadline;
  std::size_t max_output = 1 << 20;  // bytes of stdout; a credential is a few KiB
};

struct ChildOutput {
  int exit_code = 0;  // 128 + n where signal n ended it
  std::string out;
  std::string err;  // its last 2,000 bytes
};

// `done` is called once, from the loop. Errors: it cannot be started (permanent), took longer than
// the deadline or wrote more than max_output (transient); then the program and what it started in
// its process group is killed, as by destroying the handle.
[[nodiscard]] HandlePtr run_child(Scheduler& scheduler, ChildSettings settings,
                                  std::function<void(Result<ChildOutput>)> done);

}  // namespace kip
