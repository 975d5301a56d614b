#include "agent/follow_options.h"

#include <algorithm>

#include "agent/sockets.h"
#include "base/flag_table.h"
#include "base/text.h"

namespace kip::agent {

namespace {

using Text = const std::string&;
using Options = FollowOptions;

constexpr int most_parallel = 1000;  // as fetch
// Of kubernetes-warm-images: what was seen within it is skipped.
constexpr Duration least_ask_again = std::chrono::minutes(5);

Status keep(Text text, std::string& out) {
  out = text;
  return Done{};
}

Status read_listen(Text text, Options& options) {
  auto address = http::parse_listen_address(text);
  if (!address) return address.error();
  options.listen = *std::move(address);
  return Done{};
}

Status read_runtime(Text text, Options& options) {
  const auto names = runtime_names();
  if (!text.empty() && std::find(names.begin(), names.end(), text) == names.end())
    return permanent(quoted(text) + " is not known; expected " + joined(names));
  options.runtime = text;
  return Done{};
}

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
     [](Text t, Options& o) { return keep(t, o.list_file); }},
    {"listen-address", "ADDRESS", "LISTEN_ADDR of the environment, else :8080",
     "Where GET / says that it lives, /readyz that it can work, /last-pull how the last pull "
     "ended, and /metrics numbers. Empty: nowhere.",
     read_listen},
    {"parallelism", "N", "4", "Images pulled at once.",
     [](Text t, Options& o) {
       int number = 0;
       auto status = read_whole_number(t, 1, most_parallel, number);
       if (status) o.follower.limits.parallelism = static_cast<std::size_t>(number);
       return status;
     }},
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
     [](Text t, Options& o) { return keep(t, o.instance); }},
    {"disk-limit", "PERCENT", "85", "As fetch has it. 0: do not look.",
     [](Text t, Options& o) { return read_whole_number(t, 0, 100, o.disk_limit); }},
    {"docker-config", "PATH", "",
     "A file with credentials, or the folder of a mounted Secret, as fetch has it; read for each "
     "pull. May be given several times.",
     [](Text t, Options& o) -> Status {
       if (!t.empty()) o.docker_configs.push_back(t);
       return Done{};
     }},
    {"cri-socket", "PATH", "DOCKER_SOCKET of the environment if it is there, else found by itself",
     "The socket of the container runtime.",
     [](Text t, Options& o) { return keep(t, o.cri_socket); }},
    {"runtime", "NAME", "the first that answers",
     "The container runtime whose socket is looked for, as fetch has it.", read_runtime},
    {"debug", "", "false", "Say more.", [](Text t, Options& o) { return read_toggle(t, o.debug); }},
};
std::vector<Flag<Options>> all_flags() {
  std::vector<Flag<Options>> all(std::begin(nats::Flags<Options>::all),
                                 std::end(nats::Flags<Options>::all));
  all.insert(all.end(), std::begin(own_flags), std::end(own_flags));
  return all;
}

}  // namespace

FollowReading read_follow_options(const std::vector<std::string>& arguments,
                                  const Environment& environment) {
  const std::vector<Flag<Options>> flags = all_flags();
  const FlagTable<Options> table{flags};
  Arguments given = table.parse(arguments);
  FollowReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  Options options;
  nats::read_environment(environment, "IMAGES", options.nats, given.problems);
  if (const std::string listen = value_of(environment, "LISTEN_ADDR"); !listen.empty())
    if (const auto read = read_listen(listen, options); !read)
      given.problems.push_back("LISTEN_ADDR: " + read.error().message);
  options.docker_socket = value_of(environment, "DOCKER_SOCKET");
  options.host = value_of(environment, "HOST_IP");
  table.read(given, options);
  nats::check(options.nats, given.problems);
  for (const auto& each : given.positionals)
    given.problems.push_back(quoted(each) + " is not expected");
  if (!options.cri_socket.empty() && !options.runtime.empty())
    given.problems.push_back("--runtime: " + quoted(options.runtime) +
                             " stands beside --cri-socket; expected one of the two");
  if (options.nats.servers.empty() && options.list_file.empty() && given.problems.empty())
    given.problems.emplace_back(
        "nothing to follow; expected NATS_ADDR or --nats, or --list-file, or both");
  reading.problems = std::move(given.problems);
  if (reading.problems.empty()) reading.options = std::move(options);
  return reading;
}

std::string follow_markdown() {
  const std::vector<Flag<Options>> flags = all_flags();
  return FlagTable<Options>{flags}.markdown();
}

std::string follow_help() {
  const std::vector<Flag<Options>> flags = all_flags();
  return "Usage: image-puller-agent follow [flags]\n\n"
         "Pulls the images that are published on a subject of NATS, one a message, or that a file "
         "lists, until SIGTERM. A pull that fails is tried again.\n\nFlags:\n" +
         FlagTable<Options>{flags}.help();
}

}  // namespace kip::agent
