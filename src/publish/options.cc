#include "publish/options.h"

#include <sstream>

#include "base/flag_table.h"
#include "base/text.h"
#include "types/dns_name.h"

namespace kip::publish {

namespace {

using Text = const std::string&;

// Agents that come later learn the list by it, and kubernetes-warm-images' skip what they saw
// within 5 minutes.
Status read_resend(Text text, Options& options) {
  auto status = read_duration(text, options.resend);
  if (status && options.resend < std::chrono::seconds(10))
    return permanent(kip::quoted(text) + "; expected 10s or more");
  return status;
}

constexpr Flag<Options> own_flags[] = {
    {"namespaces-file", "PATH", "WATCH_NAMESPACES_FILENAME, else /config/list.spaces",
     "A file with the namespaces to follow, with white space between; * is all. Read again when it "
     "changes.",
     [](Text t, Options& o) { return read_text(t, o.namespaces_file); }},
    {"ignore-namespaces-file", "PATH", "IGNORE_NAMESPACES_FILENAME, else /config/ignore.spaces",
     "The same for those to leave out, which counts for more.",
     [](Text t, Options& o) { return read_text(t, o.ignored_namespaces_file); }},
    {"configmap", "NAME", "",
     "A ConfigMap to write the list to, as images.txt, for agents that follow a file.",
     [](Text t, Options& o) { return read_text(t, o.configmap); }},
    {"namespace", "NAME", "that of the pod", "The namespace of what is written.",
     [](Text t, Options& o) { return read_text(t, o.namespace_name); }},
    {"name", "NAME", "warm-images",
     "What is remembered over a restart is in the ConfigMap NAME-discovered.",
     [](Text t, Options& o) { return read_text(t, o.name); }},
    {"deployment", "NAME", "", "The Deployment that owns what is written, so that it goes with it.",
     [](Text t, Options& o) { return read_text(t, o.deployment); }},
    {"resend", "DURATION", "4m", "All images are published again so often.", read_resend},
    {"listen-address", "ADDRESS", "LISTEN_ADDR of the environment, else :8080",
     "Where GET / says that it lives, and /readyz that the list is known and told. Empty: nowhere.",
     [](Text t, Options& o) { return http::read_listen_address(t, o.listen); }},
    {"debug", "", "false", "Say more.", [](Text t, Options& o) { return read_toggle(t, o.debug); }},
};

FlagTable<Options> table() {
  static const auto flags = nats::Flags<Options>::and_own(own_flags);
  return FlagTable<Options>{flags};
}

void take(const Environment& environment, const char* variable, std::string& out) {
  if (auto value = value_of(environment, variable); !value.empty()) out = std::move(value);
}

}  // namespace

Reading read_options(const std::vector<std::string>& arguments, const Environment& environment) {
  Arguments given = table().parse(arguments);
  Reading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  Options& options = reading.options;
  nats::read_environment(environment, "IMAGES", options.nats, given.problems);
  take(environment, "WATCH_NAMESPACES_FILENAME", options.namespaces_file);
  take(environment, "IGNORE_NAMESPACES_FILENAME", options.ignored_namespaces_file);
  http::read_listen_address(environment, options.listen, given.problems);
  table().read(given, options);
  nats::check(options.nats, given.problems);
  refuse_positionals(given);
  if (options.nats.servers.empty() && options.configmap.empty() && given.problems.empty())
    given.problems.emplace_back(
        "nobody to tell; expected NATS_ADDR or --nats, or --configmap, or both");
  reading.problems = std::move(given.problems);
  return reading;
}

config::Reading discovery_settings(const Environment& environment, const Options& options,
                                   const std::string& namespaces, const std::string& ignored,
                                   std::vector<std::string>& problems) {
  Environment asked = {{"DISCOVER_MAX_IMAGES", "700"}, {"DISCOVER_GATHER", "5s"}};
  for (const auto& [name, value] : environment)
    if (name.starts_with("DISCOVER_")) asked[name] = value;
  const auto names_in = [&](const std::string& text, const std::string& file) {
    std::istringstream words(text);
    std::string good;
    for (std::string word; words >> word;) {
      if (const auto checked = types::check_dns_label(word); word != "*" && !checked)
        problems.push_back(file + ": the namespace " + checked.error().message);
      else
        good += word + " ";
    }
    return good;
  };
  asked["DISCOVER_NAMESPACES"] = names_in(namespaces, options.namespaces_file);
  asked["DISCOVER_IGNORE_NAMESPACES"] = names_in(ignored, options.ignored_namespaces_file);
  // A "*" there would leave out all, which nobody means who has a list.
  std::string& ignore = asked["DISCOVER_IGNORE_NAMESPACES"];
  for (auto star = ignore.find('*'); star != std::string::npos; star = ignore.find('*')) {
    problems.push_back(options.ignored_namespaces_file + ": * is left out; expected names");
    ignore.erase(star, 1);
  }
  if (trimmed(asked["DISCOVER_NAMESPACES"]).empty()) {
    asked.erase("DISCOVER_NAMESPACES");
    asked.erase("DISCOVER_IGNORE_NAMESPACES");
  }
  // What the table of settings wants beside these: nothing of it is used.
  asked["DAEMONSET_NAME"] = options.name;
  asked["NAMESPACE"] = options.namespace_name;
  asked["DEPLOYMENT_NAME"] = options.deployment;
  auto reading = config::read_settings(asked, options.namespace_name);
  std::erase_if(reading.problems,
                [](const auto& problem) { return !problem.setting.starts_with("DISCOVER_"); });
  return reading;
}

std::string markdown() { return table().markdown(); }

std::string help() {
  return "Usage: kubernetes-image-puller publish [flags]\n\n"
         "Follows the workloads of a cluster, and tells the images that they use to agents "
         "(image-puller-agent follow): on a subject of NATS, one a message, as "
         "kubernetes-warm-images does, or in a ConfigMap. DISCOVER_SELECTOR, DISCOVER_INCLUDE, "
         "DISCOVER_EXCLUDE, DISCOVER_RULE, DISCOVER_KINDS, DISCOVER_FORGET_AFTER, "
         "DISCOVER_MAX_IMAGES and DISCOVER_GATHER of the environment are those of the service.\n\n"
         "Flags:\n" +
         table().help();
}

}  // namespace kip::publish
