#include "cli/warm_options.h"

#include "base/flag_table.h"
#include "types/dns_name.h"

namespace kip::cli {

namespace {

Status read_name(Status (*check)(std::string_view), const std::string& text, std::string& out) {
  if (auto good = check(text); !good) return good;
  out = text;
  return Done{};
}

constexpr Flag<WarmOptions> flags[] = {
    {"f", "FILE", "", "The rendered manifests, YAML or JSON; - is standard input.",
     [](const std::string& text, WarmOptions& o) { return read_text(text, o.file); }},
    {"wait", "", "",
     "Wait until every image is on its nodes: exit 0, 1 if one will not come, 2 after --timeout.",
     [](const std::string& text, WarmOptions& o) { return read_toggle(text, o.waits); }},
    {"ttl", "DURATION", "1h",
     "How long the images are wanted: until the release runs, whose pods keep them then.",
     [](const std::string& text, WarmOptions& o) { return read_duration(text, o.ttl); }},
    {"timeout", "DURATION", "10m", "How long to wait.",
     [](const std::string& text, WarmOptions& o) { return read_duration(text, o.timeout); }},
    {"namespace", "NAME", "kubernetes-image-puller", "The namespace of the image puller.",
     [](const std::string& text, WarmOptions& o) {
       return read_name(types::check_dns_label, text, o.namespace_name);
     }},
    {"name", "NAME", "kubernetes-image-puller", "Its DAEMONSET_NAME.",
     [](const std::string& text, WarmOptions& o) {
       return read_name(types::check_dns_subdomain, text, o.daemonset_name);
     }},
    {"list", "NAME", "",
     "The name of the list, which replaces the one of that name; by default one of the names of "
     "the workloads.",
     [](const std::string& text, WarmOptions& o) {
       return read_name(types::check_dns_label, text, o.list);
     }},
};

constexpr FlagTable<WarmOptions> table{flags};

}  // namespace

WarmReading read_warm_options(const std::vector<std::string>& arguments) {
  WarmReading reading;
  Arguments given = table.parse(arguments, FlagOrder::any);
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  WarmOptions options;
  table.read(given, options);
  for (const auto& argument : given.positionals)
    given.problems.push_back("\"" + argument + "\" is not a flag; expected only flags");
  if (options.file.empty() && given.problems.empty())
    given.problems.push_back(
        "-f is not given; expected a file of manifests, or - for standard input");
  if (options.waits && options.ttl <= options.timeout)
    given.problems.push_back("--ttl " + to_text(options.ttl) + " is not longer than --timeout " +
                             to_text(options.timeout) +
                             ": the images would be let go of while they are waited for");
  reading.problems = std::move(given.problems);
  if (reading.problems.empty()) reading.options = std::move(options);
  return reading;
}

std::string warm_help() {
  return "Puts the images of rendered manifests on the nodes before they are applied.\n\n"
         "  helm template shop ./chart | kubernetes-image-puller warm -f - --wait && helm upgrade "
         "…\n\n"
         "Flags:\n" +
         table.help();
}

std::string warm_markdown() { return table.markdown(); }

}  // namespace kip::cli
