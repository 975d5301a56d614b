#include "agent/wait_options.h"

#include <optional>
#include <string_view>

#include "base/go_flags.h"
#include "base/text.h"
#include "types/dns_name.h"

namespace kip::agent {

namespace {

Status read(const GivenFlag& flag, WaitOptions& options) {
  if (flag.name == "namespace") {
    options.namespace_name = flag.value;
    return types::check_dns_label(flag.value);
  }
  if (flag.name == "timeout") {
    const auto duration = parse_go_duration(flag.value);
    if (!duration) return duration.error();
    if (*duration <= Duration::zero())
      return permanent(quoted(flag.value) + "; expected more than 0");
    options.timeout = *duration;
    return Done{};
  }
  const auto value = parse_go_bool(flag.value);
  if (!value) return value.error();
  options.best_effort = *value;
  return Done{};
}

}  // namespace

WaitReading read_wait_options(const std::vector<std::string>& arguments) {
  Arguments given = parse_go_flags(arguments, [](std::string_view name) {
    if (name == "namespace" || name == "timeout") return std::optional(FlagKind::text);
    return name == "best-effort" ? std::optional(FlagKind::toggle) : std::nullopt;
  });
  WaitReading reading;
  reading.wants_help = given.wants_help;
  if (given.wants_help) return reading;
  for (const auto& flag : given.flags)
    if (const auto status = read(flag, reading.options); !status)
      given.problems.push_back("--" + flag.name + ": " + status.error().message);
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
         "time is over, and what is in the way was told; 78: a wrong argument.\n\nFlags:\n"
         "  --namespace NAMESPACE\n      Where it is. Default: the pod's own.\n"
         "  --timeout DURATION\n      How long at most. Default: 10m.\n"
         "  --best-effort\n      Exit 0 also when the time is over. Default: false.\n";
}

}  // namespace kip::agent
