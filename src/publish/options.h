// The command line of `publish`, and the environment variables of kubernetes-warm-images. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "config/settings.h"
#include "http/listen_address.h"
#include "nats/settings.h"

namespace kip::publish {

struct Options {
  nats::Settings nats = {};
  std::string namespaces_file = "/config/list.spaces";
  std::string ignored_namespaces_file = "/config/ignore.spaces";
  std::string configmap = {};       // that the list is written to; empty: none
  std::string namespace_name = {};  // of that; empty: our own
  std::string name = "warm-images";
  std::string deployment = {};  // that owns what is written; empty: nobody
  std::optional<http::ListenAddress> listen = http::ListenAddress{};
  Duration resend = std::chrono::minutes(4);
  bool debug = false;
};

struct Reading {
  Options options;
  bool wants_help = false;
  std::vector<std::string> problems;
};

Reading read_options(const std::vector<std::string>& arguments, const Environment& environment);
std::string help();
std::string markdown();  // the table of flags, for the documentation

// The settings of discovery: DISCOVER_… of the environment, with the namespaces that these files'
// texts name, separated by any white space. What is no name of a namespace comes to the problems
// and is left out.
config::Reading discovery_settings(const Environment& environment, const Options& options,
                                   const std::string& namespaces, const std::string& ignored,
                                   std::vector<std::string>& problems);

}  // namespace kip::publish
