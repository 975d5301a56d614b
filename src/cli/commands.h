// The subcommands. Each returns the process's exit code (sysexits.h): 0, 64 for bad usage, 78 for a
// configuration that cannot be used.
#pragma once

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

}  // namespace kip::cli
