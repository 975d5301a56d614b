// The command line of `kubernetes-image-puller archive`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/pull_plan.h"
#include "archive/workshop.h"

namespace kip::archive {

struct Options {
  std::string path = {};
  std::string image_list_file = {};
  std::vector<std::string> pull_secrets = {};  // files
  std::vector<std::string> images = {};
  std::string platform = {};  // empty: that of the machine
  BuildSettings settings = {};
  agent::PullLimits limits = {};
  Duration check_interval{};
  bool once = false;
  bool prunes = false;
  bool asks_if_ready = false;
  bool debug = false;
  std::string report = {};  // a file for the termination message; empty: none
};

struct Reading {
  std::optional<Options> options;  // nothing: there are problems, or help is wanted
  bool wants_help = false;
  std::vector<std::string> problems;  // which argument, what was there, what is expected
};

// The arguments behind `archive`: flags first, then images. `machine`: as uname(2) has it.
Reading read_options(const std::vector<std::string>& arguments, const std::string& machine);

std::string help();
// The table of flags, for the documentation.
std::string markdown();

}  // namespace kip::archive
