#include <cstdio>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "core/groups.h"
#include "kube/access/in_cluster.h"
#include "registry/proxy_rules.h"

namespace kip::cli {

int check(const Environment& environment) {
  const config::Reading reading = config::read_settings(environment, kube::in_cluster_namespace());
  for (const auto& problem : reading.problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    std::fprintf(stderr, "%s: %s: %s\n", is_error ? "error" : "warning", problem.setting.c_str(),
                 problem.message.c_str());
  }
  if (const auto proxies = registry::ProxyRules::from(environment); !proxies)
    std::fprintf(stderr, "warning: %s; registries would be asked without it\n",
                 proxies.error().message.c_str());
  if (!reading.settings) return exit_config;
  for (const auto& settings : core::groups_of(*reading.settings)) {
    const std::string secrets =
        settings.part_of.empty() ? "" : ", with secrets " + joined(settings.image_pull_secrets);
    std::printf("ok: %zu image%s, DaemonSet %s in namespace %s, refreshed every %s%s\n",
                settings.images.size(), settings.images.size() == 1 ? "" : "s",
                settings.daemonset_name.c_str(), settings.namespace_name.c_str(),
                to_text(settings.interval).c_str(), secrets.c_str());
  }
  return 0;
}

}  // namespace kip::cli
