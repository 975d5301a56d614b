#include <cstdio>

#include "base/time.h"
#include "cli/commands.h"
#include "kube/access/in_cluster.h"

namespace kip::cli {

int check(const Environment& environment) {
  const config::Reading reading = config::read_settings(environment, kube::in_cluster_namespace());
  for (const auto& problem : reading.problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    std::fprintf(stderr, "%s: %s: %s\n", is_error ? "error" : "warning", problem.setting.c_str(),
                 problem.message.c_str());
  }
  if (!reading.settings) return exit_config;
  const config::Settings& settings = *reading.settings;
  std::printf("ok: %zu image%s, DaemonSet %s in namespace %s, refreshed every %s\n",
              settings.images.size(), settings.images.size() == 1 ? "" : "s",
              settings.daemonset_name.c_str(), settings.namespace_name.c_str(),
              to_text(settings.interval).c_str());
  return 0;
}

}  // namespace kip::cli
