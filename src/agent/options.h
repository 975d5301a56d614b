// The command line of `image-puller-agent`: image-prefetcher's flags, and ours. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/pull_plan.h"
#include "base/environment.h"
#include "base/time.h"
#include "http/server_url.h"

namespace kip::agent {

enum class Format { log, docker, json };

struct FetchOptions {
  std::string cri_socket = {};  // a path; empty: it is looked for
  std::string runtime = {};     // whose, by its name; empty: of any
  std::string image_list_file = {};
  // Files, or folders with what a Secret of credentials has; in the order of their worth.
  std::vector<std::string> docker_configs = {};
  // Of the kubelet's credential-provider plugins: a file or folder, and a folder. Both, or none.
  std::string provider_config = {}, provider_bin_dir = {};
  std::vector<std::string> images = {};
  std::vector<std::string> if_not_present = {};  // names or references of images of the list
  std::string done_file = {};  // a file of what earlier runs in this pod got; empty: none
  PullLimits limits = {};
  Duration image_list_timeout = std::chrono::minutes(1);
  bool debug = false;
  bool best_effort = false;
  bool pin = false;
  int disk_limit = 85;        // percent of the disk for images; 0: it is not looked at
  std::string instance = {};  // whose pins; empty: by the environment
  Format format = Format::log;
  std::optional<http::ServerUrl> metrics_endpoint = std::nullopt;  // host and port of an aggregator
  std::string report = {};  // a file for the termination message; empty: none
};

struct FetchReading {
  std::optional<FetchOptions> options;  // nothing: there are problems, or help is wanted
  bool wants_help = false;
  std::vector<std::string> problems;  // which argument, what was there, what is expected
};

// The arguments behind `fetch`: flags and images, in any order.
FetchReading read_fetch_options(const std::vector<std::string>& arguments);

std::string fetch_help();
// The table of flags, for the documentation.
std::string fetch_markdown();

struct ReleaseReading {
  bool wants_help = false;
  std::string cri_socket = {}, runtime = {}, instance = {};
  std::vector<std::string> problems;
};

// The arguments behind `release`: --cri-socket, --runtime and --instance.
ReleaseReading read_release_options(const std::vector<std::string>& arguments);

std::string release_help();

// Whose label and pins are meant: `given`, or else INSTANCE_NAME, as far as a label may hold it;
// "prefetcher" if there is none.
std::string instance_name(const std::string& given, const Environment& environment);

// Who pulls, the same when the container is started anew: the instance, or where nobody says which
// the host, so that two that pull the same image beside each other are two. What is pinned is
// always the instance's.
std::string puller_name(const FetchOptions& options, const Environment& environment,
                        const std::string& host);

}  // namespace kip::agent
