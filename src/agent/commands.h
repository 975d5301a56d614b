// The subcommands of image-puller-agent. Each returns the process's exit code.
#pragma once

#include <string>
#include <vector>

#include "agent/sockets.h"
#include "base/environment.h"
#include "base/result.h"

namespace kip::agent {

inline constexpr int exit_missing = 1;  // an image, or what is needed to get any
inline constexpr int exit_config = 78;  // sysexits.h: a wrong setting, nothing touched

// Pulls images through the node's container runtime, and ends.
int fetch(const std::vector<std::string>& arguments, const Environment& environment);

// Pulls what is published on a subject of NATS, or listed in a file, until SIGTERM.
int follow(const std::vector<std::string>& arguments, const Environment& environment);

// Keeps what came of pulls, as agents send it, and serves it, until SIGTERM.
int aggregate_metrics(const std::vector<std::string>& arguments);

// Takes all pins of this instance away: before it is uninstalled.
int release(const std::vector<std::string>& arguments, const Environment& environment);
// The same of `instance`, through the first of these sockets that answers.
int release_pins(Result<std::vector<Socket>> sockets, const std::string& instance);

// Waits until each node of a DaemonSet has a pod that is ready.
int wait(const std::vector<std::string>& arguments, const Environment& environment);

// Sleeps until SIGTERM or SIGINT, as another program: the tiny static one, which takes no memory.
// Returns only if that cannot be run.
int sleep_for_ever();

}  // namespace kip::agent
