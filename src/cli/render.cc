#include <cstdio>

#include "cli/commands.h"
#include "core/desired.h"
#include "core/groups.h"
#include "core/names.h"
#include "kube/access/in_cluster.h"
#include "yaml/to_yaml.h"

namespace kip::cli {

namespace {

// Of several a List, as kubectl takes it.
std::string as_json(const json& objects) {
  if (objects.size() == 1) return objects.front().dump(2) + "\n";
  return json({{"apiVersion", "v1"}, {"kind", "List"}, {"items", objects}}).dump(2) + "\n";
}

}  // namespace

int render(const Environment& environment, Output output, bool openshift) {
  const config::Reading reading = config::read_settings(environment, kube::in_cluster_namespace());
  for (const auto& problem : reading.problems)
    std::fprintf(stderr, "%s: %s\n", problem.setting.c_str(), problem.message.c_str());
  if (!reading.settings) return exit_config;
  const config::Settings& settings = *reading.settings;
  if (!settings.kip_image)
    std::fprintf(stderr,
                 "KIP_IMAGE: unset; shown is %s, in a cluster it is the image of the Deployment\n",
                 core::default_kip_image);
  core::Facts facts;
  facts.is_openshift = openshift;
  json daemonsets = json::array();
  for (const auto& group : core::groups_of(settings))
    daemonsets.push_back(core::without_record(core::desired_daemonset(
        group, facts, core::new_record(group, WallTime{}), group.max_nodes_pulling)));
  const std::string text =
      output == Output::json ? as_json(daemonsets) : to_yaml_documents(daemonsets);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace kip::cli
