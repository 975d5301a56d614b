// The arguments of `warm`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace kip::cli {

struct WarmOptions {
  std::string file;  // "-": standard input
  bool waits = false;
  Duration ttl = std::chrono::hours{1};
  Duration timeout = std::chrono::minutes{10};
  std::string namespace_name = "kubernetes-image-puller";
  std::string daemonset_name = "kubernetes-image-puller";
  std::string list;  // empty: of the names of the workloads
};

struct WarmReading {
  std::optional<WarmOptions> options;
  std::vector<std::string> problems;  // each a sentence; none where there are options
  bool wants_help = false;
};

WarmReading read_warm_options(const std::vector<std::string>& arguments);
std::string warm_help();
// The table of the flags, for docs/release-gate.md.
std::string warm_markdown();

}  // namespace kip::cli
