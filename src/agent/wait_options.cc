#include "agent/wait_options.h"

#include "base/flag_table.h"
#include "base/text.h"
#include "types/dns_name.h"

namespace kip::agent {

namespace {

constexpr Flag<WaitOptions> flags[] = {
    {"namespace", "NAMESPACE", "the pod's own", "Where it is.",
     [](const std::string& t, WaitOptions& o) {
       o.namespace_name = t;
       return types::check_dns_label(t);
     }},
    {"timeout", "DURATION", "10m", "How long at most.",
     [](const std::string& t, WaitOptions& o) { return read_duration(t, o.timeout); }},
    {"best-effort", "", "false", "Exit 0 also when the time is over.",
     [](const std::string& t, WaitOptions& o) { return read_toggle(t, o.best_effort); }},
};
constexpr FlagTable<WaitOptions> table{flags};

}  // namespace

WaitReading read_wait_options(const std::vector<std::string>& arguments) {
  Arguments given = table.parse(arguments);
  WaitReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  table.read(given, reading.options);
  if (given.knows_positionals) {
    if (given.positionals.size() != 1)
      given.problems.push_back("expected the name of one DaemonSet, behind the flags");
    else if (const auto good = types::check_dns_subdomain(given.positionals[0]); !good)
      given.problems.push_back("the DaemonSet's name: " + good.error().message);
    else
      reading.options.daemonset = given.positionals[0];
  }
  reading.problems = std::move(given.problems);
  return reading;
}

std::string wait_help() {
  return "Usage: image-puller-agent wait [flags] DAEMONSET\n\n"
         "Waits until each node of a DaemonSet has a pod that is ready. Exit 0: so it is; 1: the "
         "time is over, and what is in the way was told; 78: a wrong argument.\n\nFlags:\n" +
         table.help();
}

}  // namespace kip::agent
