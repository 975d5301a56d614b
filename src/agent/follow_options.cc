#include "agent/follow_options.h"

#include "agent/sockets.h"
#include "base/flag_table.h"
#include "base/text.h"

namespace kip::agent {

namespace {

using Text = const std::string&;
using Options = FollowOptions;

// Of kubernetes-warm-images: what was seen within it is skipped.
constexpr Duration least_ask_again = std::chrono::minutes(5);

Status read_ask_again(Text text, Options& options) {
  auto status = read_duration(text, options.follower.limits.ask_again);
  if (status && options.follower.limits.ask_again < least_ask_again)
    return permanent(quoted(text) + "; expected 5m or more");
  return status;
}

constexpr Flag<Options> own_flags[] = {
    {"list-file", "PATH", "",
     "A file with one image on each line, as a mounted ConfigMap has it: followed as it changes, "
     "in place of NATS or beside it.",
     [](Text t, Options& o) { return read_text(t, o.list_file); }},
    {"listen-address", "ADDRESS", "LISTEN_ADDR of the environment, else :8080",
     "Where GET / says that it lives, /readyz that it can work, /last-pull how the last pull "
     "ended, and /metrics numbers. Empty: nowhere.",
     [](Text t, Options& o) { return http::read_listen_address(t, o.listen); }},
    {"parallelism", "N", "4", "Images pulled at once.",
     [](Text t, Options& o) { return read_parallelism(t, o.follower.limits.parallelism); }},
    {"ask-again-after", "DURATION", "1h",
     "An image that was pulled is not asked of its registry again before this, however often it "
     "is heard of.",
     read_ask_again},
    {"attempt-timeout", "DURATION", "15m", "Of a pull; then it has failed, and is tried again.",
     [](Text t, Options& o) { return read_duration(t, o.follower.attempt); }},
    {"initial-delay", "DURATION", "10s",
     "Before a pull that failed is tried again; doubles with each failure.",
     [](Text t, Options& o) { return read_duration(t, o.follower.limits.first_delay); }},
    {"max-delay", "DURATION", "10m", "The longest of these.",
     [](Text t, Options& o) { return read_duration(t, o.follower.limits.longest_delay); }},
    {"forget-after", "DURATION", "24h",
     "An image that is not heard of for so long is neither tried again nor kept pinned.",
     [](Text t, Options& o) { return read_duration(t, o.follower.limits.forget); }},
    {"pin", "", "false", "Tell the runtime to keep the images, as fetch does.",
     [](Text t, Options& o) { return read_toggle(t, o.follower.pin); }},
    {"instance", "NAME", "INSTANCE_NAME of the environment", "Whose pins these are.",
     [](Text t, Options& o) { return read_text(t, o.instance); }},
    {"disk-limit", "PERCENT", "85", "As fetch has it. 0: do not look.",
     [](Text t, Options& o) { return read_whole_number(t, 0, 100, o.disk_limit); }},
    {"docker-config", "PATH", "",
     "A file with credentials, or the folder of a mounted Secret, as fetch has it; read for each "
     "pull. May be given several times.",
     [](Text t, Options& o) { return add_text(t, o.docker_configs); }},
    {"cri-socket", "PATH", "DOCKER_SOCKET of the environment if it is there, else found by itself",
     "The socket of the container runtime.",
     [](Text t, Options& o) { return read_text(t, o.cri_socket); }},
    {"runtime", "NAME", "the first that answers",
     "The container runtime whose socket is looked for, as fetch has it.",
     [](Text t, Options& o) { return read_runtime_name(t, o.runtime); }},
    {"debug", "", "false", "Say more.", [](Text t, Options& o) { return read_toggle(t, o.debug); }},
};

FlagTable<Options> table() {
  static const auto flags = nats::Flags<Options>::and_own(own_flags);
  return FlagTable<Options>{flags};
}

}  // namespace

FollowReading read_follow_options(const std::vector<std::string>& arguments,
                                  const Environment& environment) {
  Arguments given = table().parse(arguments);
  FollowReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  Options options;
  nats::read_environment(environment, "IMAGES", options.nats, given.problems);
  http::read_listen_address(environment, options.listen, given.problems);
  options.docker_socket = value_of(environment, "DOCKER_SOCKET");
  options.host = value_of(environment, "HOST_IP");
  table().read(given, options);
  nats::check(options.nats, given.problems);
  refuse_positionals(given);
  check_one_of_socket_and_runtime(options.cri_socket, options.runtime, given.problems);
  if (options.nats.servers.empty() && options.list_file.empty() && given.problems.empty())
    given.problems.emplace_back(
        "nothing to follow; expected NATS_ADDR or --nats, or --list-file, or both");
  reading.problems = std::move(given.problems);
  if (reading.problems.empty()) reading.options = std::move(options);
  return reading;
}

std::string follow_markdown() { return table().markdown(); }

std::string follow_help() {
  return "Usage: image-puller-agent follow [flags]\n\n"
         "Pulls the images that are published on a subject of NATS, one a message, or that a file "
         "lists, until SIGTERM. A pull that fails is tried again.\n\nFlags:\n" +
         table().help();
}

}  // namespace kip::agent
