#include "agent/inputs.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/image_list.h"
#include "loop/watched_file.h"
#include "registry/docker_config.h"
#include "registry/keyring.h"

namespace kip::agent {

namespace {

using registry::data_key;
using registry::SecretKind;

// The file itself, or that of a folder; nothing: the folder has none.
std::optional<std::string> file_at(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  for (const std::string_view name :
       {data_key(SecretKind::dockerconfigjson), data_key(SecretKind::dockercfg),
        std::string_view("config.json")})
    if (auto file = path + "/" + std::string(name); std::filesystem::exists(file, error))
      return file;
  return std::nullopt;
}

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
  for (const auto& path : options.docker_configs) {
    const auto file = file_at(path);
    if (!file) {
      // As the kubelet does with a Secret that is not there: what needs none is pulled.
      inputs.warnings.push_back("the folder " + path +
                                " has no .dockerconfigjson, .dockercfg or config.json; is there a "
                                "Secret of that name, of type kubernetes.io/dockerconfigjson?");
      continue;
    }
    const auto text = read_small_file(*file, "the file of credentials");
    if (!text) return text.error();
    const auto config = registry::parse_docker_config(*text, kind_of(*file), "file " + *file);
    inputs.warnings.insert(inputs.warnings.end(), config.problems.begin(), config.problems.end());
    keyring.add(config);
  }
  for (auto& image : list.images) {
    auto credentials = keyring.matching(image);
    inputs.images.push_back({std::move(image), std::move(credentials)});
  }
  return inputs;
}

}  // namespace kip::agent
