// The subcommands. Each returns the process's exit code (sysexits.h): 0, 64 for bad usage, 78 for a
// configuration that cannot be used; deploy has codes of its own.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace kip::cli {

inline constexpr int exit_usage = 64;
inline constexpr int exit_config = 78;

// The service. Returns when it is told to stop.
int run(const Environment& environment);

// The operator: works for KubernetesImagePuller resources. Returns when it is told to stop.
int operate(const Environment& environment);

// Judges the configuration: problems on stderr, a summary on stdout. No cluster needed.
int check(const Environment& environment);

enum class Output { yaml, json };

// Prints the DaemonSets that the configuration asks for. No cluster needed, so without owner
// reference, and without the time of the last refresh, so that two runs print the same.
int render(const Environment& environment, Output output, bool openshift);

// Prints the objects of a prefetcher, as image-prefetcher's deploy does, whose arguments and exit
// codes it has: 0, 1 without a name, 2 for any other argument that is wrong. No cluster needed.
int deploy(const std::vector<std::string>& arguments);

// Keeps images as tar archives in a folder. Ends as image-puller-agent's fetch does: 0, 1 where an
// image is missing, 78.
int archive(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace kip::cli
