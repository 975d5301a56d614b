#include "agent/options.h"

#include <algorithm>

#include "agent/sockets.h"
#include "base/flag_table.h"
#include "base/text.h"

namespace kip::agent {

namespace {

// Of the value of a label, and of the end of its key.
bool is_of_a_label(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

Status read_format(const std::string& text, FetchOptions& options) {
  if (text == "log")
    options.format = Format::log;
  else if (text == "docker")
    options.format = Format::docker;
  else if (text == "json")
    options.format = Format::json;
  else
    return permanent(quoted(text) + " is not known; expected log, docker or json");
  return Done{};
}

Status read_endpoint(const std::string& text, FetchOptions& options) {
  options.metrics_endpoint.reset();
  if (text.empty()) return Done{};
  const auto colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool is_a_port = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  const auto url = http::parse_server_url("http://" + text);
  if (!is_a_port || !url || !url->base_path.empty() || text.back() == '/')
    return permanent(quoted(text) + "; expected host:port, such as \"my-images-metrics:8443\"");
  options.metrics_endpoint = *url;
  return Done{};
}

constexpr Flag<FetchOptions> cri_socket_flag = {
    "cri-socket", "PATH", "found by itself", "The socket of the container runtime.",
    [](const std::string& t, FetchOptions& o) { return read_text(t, o.cri_socket); }};
constexpr Flag<FetchOptions> runtime_flag = {
    "runtime", "NAME", "the first that answers",
    "The container runtime whose socket is looked for: cri-dockerd, containerd, crio, k3s (also "
    "RKE2), k0s or docker, which is also the order.",
    [](const std::string& t, FetchOptions& o) { return read_runtime_name(t, o.runtime); }};
constexpr Flag<FetchOptions> instance_flag = {
    "instance", "NAME", "INSTANCE_NAME of the environment",
    "Whose pins these are: what other instances pin stays.",
    [](const std::string& t, FetchOptions& o) { return read_text(t, o.instance); }};

constexpr Flag<FetchOptions> flags[] = {
    cri_socket_flag,
    runtime_flag,
    {"image-list-file", "PATH", "",
     "A file with one image on each line; empty lines and those that begin with # are none.",
     [](const std::string& t, FetchOptions& o) { return read_text(t, o.image_list_file); }},
    {"docker-config", "PATH", "",
     "A config.json, .dockerconfigjson or .dockercfg with credentials, or the folder of a mounted "
     "Secret with one of them. May be given several times; the first come first.",
     [](const std::string& t, FetchOptions& o) { return add_text(t, o.docker_configs); }},
    {"if-not-present", "NAME", "",
     "An image of the list, by its name (NAME=IMAGE) or reference, whose registry is not asked "
     "where the node has it. May be given several times.",
     [](const std::string& t, FetchOptions& o) { return add_text(t, o.if_not_present); }},
    {"done-file", "PATH", "",
     "Where a run leaves which images it got. The next one does not ask for these again: a "
     "container that is started anew, for one image that is missing, asks for that alone.",
     [](const std::string& t, FetchOptions& o) { return read_text(t, o.done_file); }},
    {"image-credential-provider-config", "PATH", "",
     "The kubelet's file of credential-provider plugins, which are asked before --docker-config.",
     [](const std::string& t, FetchOptions& o) { return read_text(t, o.provider_config); }},
    {"image-credential-provider-bin-dir", "PATH", "", "Where these plugins are.",
     [](const std::string& t, FetchOptions& o) { return read_text(t, o.provider_bin_dir); }},
    {"parallelism", "N", "4",
     "Images pulled at once. containerd shares its own limit on downloads, 3, among them all: to "
     "gain from more than 4, raise max_concurrent_downloads there.",
     [](const std::string& t, FetchOptions& o) {
       return read_parallelism(t, o.limits.parallelism);
     }},
    {"best-effort", "", "false", "Exit 0 also where an image is missing.",
     [](const std::string& t, FetchOptions& o) { return read_toggle(t, o.best_effort); }},
    {"pin", "", "false",
     "Tell the runtime to keep the images, so that the kubelet does not collect them, and no "
     "longer "
     "to keep those that left the list.",
     [](const std::string& t, FetchOptions& o) { return read_toggle(t, o.pin); }},
    {"disk-limit", "PERCENT", "85",
     "Refuse an image that would fill the disk for images beyond this, where the sizes of its "
     "layers are known; the kubelet begins to collect images at 85. 0: do not look.",
     [](const std::string& t, FetchOptions& o) {
       return read_whole_number(t, 0, 100, o.disk_limit);
     }},
    instance_flag,
    {"format", "log|docker|json", "log",
     "What is said: lines with keys as image-prefetcher's, or those of docker pull.", read_format},
    {"report", "PATH", "/dev/termination-log, if it is there",
     "Where the results are left in a short form, of at most 4,096 bytes.",
     [](const std::string& t, FetchOptions& o) { return read_text(t, o.report); }},
    {"metrics-endpoint", "HOST:PORT", "",
     "Where what came of each attempt is sent at the end: aggregate-metrics, or "
     "image-prefetcher's.",
     read_endpoint},
    {"initial-pull-attempt-timeout", "DURATION", "30s",
     "Of the first attempt to pull an image; doubles after each that ran into it.",
     [](const std::string& t, FetchOptions& o) {
       return read_duration(t, o.limits.first_timeout);
     }},
    {"max-pull-attempt-timeout", "DURATION", "5m",
     "Of any later attempt, unless the first had longer.",
     [](const std::string& t, FetchOptions& o) {
       return read_duration(t, o.limits.longest_timeout);
     }},
    {"initial-pull-attempt-delay", "DURATION", "1s", "Before the second attempt; doubles.",
     [](const std::string& t, FetchOptions& o) { return read_duration(t, o.limits.first_delay); }},
    {"max-pull-attempt-delay", "DURATION", "10m", "Before any attempt.",
     [](const std::string& t, FetchOptions& o) {
       return read_duration(t, o.limits.longest_delay);
     }},
    {"overall-timeout", "DURATION", "20m", "Of all pulls together.",
     [](const std::string& t, FetchOptions& o) { return read_duration(t, o.limits.overall); }},
    {"image-list-timeout", "DURATION", "1m", "Of listing the runtime's images, with --debug.",
     [](const std::string& t, FetchOptions& o) { return read_duration(t, o.image_list_timeout); }},
    {"debug", "", "false", "Say more, also which images the runtime has before and after.",
     [](const std::string& t, FetchOptions& o) { return read_toggle(t, o.debug); }},
};

constexpr FlagTable<FetchOptions> table{flags};

constexpr Flag<FetchOptions> flags_of_release[] = {cri_socket_flag, runtime_flag, instance_flag};
constexpr FlagTable<FetchOptions> table_of_release{flags_of_release};

}  // namespace

FetchReading read_fetch_options(const std::vector<std::string>& arguments) {
  // image-prefetcher's `fetch` takes flags behind images, too, as cobra does.
  Arguments given = table.parse(arguments, FlagOrder::any);
  FetchReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  FetchOptions options;
  table.read(given, options);
  check_one_of_socket_and_runtime(options.cri_socket, options.runtime, given.problems);
  if (options.provider_config.empty() != options.provider_bin_dir.empty())
    given.problems.push_back(
        "one of --image-credential-provider-config and --image-credential-provider-bin-dir stands "
        "alone; expected both or none");
  reading.problems = std::move(given.problems);
  options.images = std::move(given.positionals);
  if (reading.problems.empty()) reading.options = std::move(options);
  return reading;
}

std::string fetch_markdown() { return table.markdown(); }

ReleaseReading read_release_options(const std::vector<std::string>& arguments) {
  Arguments given = table_of_release.parse(arguments);
  FetchOptions options;
  table_of_release.read(given, options);
  refuse_positionals(given);
  check_one_of_socket_and_runtime(options.cri_socket, options.runtime, given.problems);
  return {given.wants_help, std::move(options.cri_socket), std::move(options.runtime),
          std::move(options.instance), std::move(given.problems)};
}

std::string release_help() {
  return "Usage: image-puller-agent release [flags]\n\n"
         "Takes this instance's pins away from the images on this node, before it is uninstalled. "
         "Exit 0: it has none any more.\n\nFlags:\n" +
         table_of_release.help();
}

std::string instance_name(const std::string& given, const Environment& environment) {
  constexpr std::size_t longest = 63;
  std::string name;
  bool is_in_run = false;
  for (const char c : given.empty() ? value_of(environment, "INSTANCE_NAME") : given) {
    if (is_of_a_label(c))
      name += c;
    else if (!is_in_run)
      name += '-';
    is_in_run = !is_of_a_label(c);
  }
  name.resize(std::min(name.size(), longest));
  const auto begin = name.find_first_not_of("._-");
  if (begin == std::string::npos) return "prefetcher";
  return name.substr(begin, name.find_last_not_of("._-") - begin + 1);
}

std::string puller_name(const FetchOptions& options, const Environment& environment,
                        const std::string& host) {
  const bool is_known =
      !options.instance.empty() || !value_of(environment, "INSTANCE_NAME").empty();
  return is_known || options.pin ? instance_name(options.instance, environment) : host;
}

std::string fetch_help() {
  return "Usage: image-puller-agent fetch [flags] [IMAGE|NAME=IMAGE...]\n\n"
         "Pulls images through this node's container runtime, and ends. Exit 0: all are there; 1: "
         "one is missing; 78: a wrong setting, or no image is left of the list.\n\nFlags:\n" +
         table.help();
}

}  // namespace kip::agent
