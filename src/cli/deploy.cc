#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "deploy/manifest.h"
#include "deploy/node_labels.h"
#include "deploy/options.h"
#include "yaml/to_yaml.h"

namespace kip::cli {

namespace {

// Those of image-prefetcher's deploy: scripts know them.
constexpr int exit_no_name = 1;
constexpr int exit_bad_flag = 2;

}  // namespace

int deploy(const std::vector<std::string>& arguments) {
  const auto reading = deploy::read_options(arguments);
  if (reading.wants_help) {
    std::fputs(deploy::options_help().c_str(), stdout);
    return 0;
  }
  for (const auto& problem : reading.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!reading.options) {
    std::fputs("kubernetes-image-puller deploy --help lists what there is\n", stderr);
    return reading.only_name_is_missing ? exit_no_name : exit_bad_flag;
  }
  const auto& options = *reading.options;
  if (options.node_labels && options.namespace_name.empty())
    std::fprintf(stderr,
                 "no --namespace: nodes are labelled only if this is applied to the namespace %s\n",
                 deploy::account_namespace(options).c_str());
  const std::string text = to_yaml_documents(deploy::manifest(options));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace kip::cli
