// image-puller-agent: the command line.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "agent/commands.h"
#include "base/text.h"
#include "base/version.h"

namespace {

constexpr const char* usage =
    "Usage: image-puller-agent COMMAND [flags]\n\n"
    "  fetch   pull images through this node's container runtime, and end (fetch --help)\n"
    "  follow  pull what is published on a subject of NATS, or listed in a file (follow --help)\n"
    "  aggregate-metrics\n"
    "          keep what agents send with --metrics-endpoint, and serve it over HTTP\n"
    "  release take this instance's pins away from the images on this node\n"
    "  wait    until each node of a DaemonSet has a pod that is ready (wait --help)\n"
    "  sleep   until SIGTERM\n"
    "  version\n";

// As the manifests of image-prefetcher before its version 0.2 have it, the name of its own program
// comes first.
bool is_old_entry_point(std::string_view argument) { return argument == "/image-prefetcher"; }

// As the manifests of kubernetes-warm-images have it, APP says which of its programs is meant.
std::string command_of(const kip::Environment& environment) {
  const std::string app = kip::value_of(environment, "APP");
  if (app == "CONTROLLER")
    std::fputs("APP=CONTROLLER is the image of kubernetes-image-puller, not this one\n\n", stderr);
  return app == "AGENT" ? "follow" : "";
}

}  // namespace

int main(int argc, char** argv) {
  using namespace kip;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && is_old_entry_point(arguments[0])) arguments.erase(arguments.begin());
  const Environment environment = process_environment();
  const std::string command = arguments.empty() ? command_of(environment) : arguments[0];
  if (!arguments.empty()) arguments.erase(arguments.begin());
  if (command == "fetch") return agent::fetch(arguments, environment);
  if (command == "follow") return agent::follow(arguments, environment);
  if (command == "release") return agent::release(arguments, environment);
  if (command == "aggregate-metrics") return agent::aggregate_metrics(arguments);
  if (command == "wait") return agent::wait(arguments, environment);
  if (command == "sleep") return agent::sleep_for_ever();
  if (command == "version" || command == "--version") {
    std::printf("image-puller-agent %s\n", version);
    return 0;
  }
  const bool wants_help = command == "help" || command == "--help" || command == "-h";
  std::fputs(usage, wants_help ? stdout : stderr);
  if (!wants_help && !command.empty())
    std::fprintf(stderr, "%s is no command; expected one of these\n", quoted(command).c_str());
  return wants_help ? 0 : agent::exit_config;
}
