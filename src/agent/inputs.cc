#include "agent/inputs.h"

#include <utility>

#include "agent/image_list.h"
#include "loop/watched_file.h"
#include "registry/docker_config.h"
#include "registry/keyring.h"

namespace kip::agent {

namespace {

using registry::SecretKind;

// A mounted Secret of either type; Docker's own config.json is as the newer one.
SecretKind kind_of(const std::string& path) {
  return path.ends_with(registry::data_key(SecretKind::dockercfg)) ? SecretKind::dockercfg
                                                                   : SecretKind::dockerconfigjson;
}

}  // namespace

Result<Inputs> read_inputs(const FetchOptions& options) {
  Inputs inputs;
  ImageList list;
  if (!options.image_list_file.empty()) {
    const auto text = read_small_file(options.image_list_file, "the list of images");
    if (!text) return text.error();
    add_lines(list, *text, options.image_list_file);
  }
  add_arguments(list, options.images);
  inputs.bad_entries = std::move(list.problems);

  registry::Keyring keyring;
  if (!options.docker_config.empty()) {
    const auto text = read_small_file(options.docker_config, "the file of credentials");
    if (!text) return text.error();
    const auto config = registry::parse_docker_config(*text, kind_of(options.docker_config),
                                                      "file " + options.docker_config);
    inputs.warnings = config.problems;
    keyring.add(config);
  }
  for (auto& image : list.images) {
    auto credentials = keyring.matching(image);
    inputs.images.push_back({std::move(image), std::move(credentials)});
  }
  return inputs;
}

}  // namespace kip::agent
