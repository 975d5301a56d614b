// The command line of `follow`, and the environment variables of kubernetes-warm-images. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/follower.h"
#include "base/environment.h"
#include "http/listen_address.h"
#include "nats/settings.h"

namespace kip::agent {

struct FollowOptions {
  nats::Settings nats = {};
  std::string list_file = {};  // one image a line, read again when it changes; empty: none
  std::optional<http::ListenAddress> listen = http::ListenAddress{};
  std::string cri_socket = {}, runtime = {};  // as fetch has them
  // From the environment: used where it is there, and where nothing else is asked for.
  std::string docker_socket = {};
  std::vector<std::string> docker_configs = {};
  Follower::Options follower = {};
  int disk_limit = 85;  // percent of the disk for images; 0: it is not looked at
  std::string instance = {};
  std::string host = {};  // HOST_IP: stands in each line of the log
  bool debug = false;
};

struct FollowReading {
  std::optional<FollowOptions> options;  // nothing: there are problems, or help is wanted
  bool wants_help = false;
  std::vector<std::string> problems;
};

// The arguments behind `follow`. Flags count for more than the environment.
FollowReading read_follow_options(const std::vector<std::string>& arguments,
                                  const Environment& environment);

std::string follow_help();
// The table of flags, for the documentation.
std::string follow_markdown();

}  // namespace kip::agent
