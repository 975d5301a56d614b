#include "agent/inputs.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "agent/done_file.h"
#include "agent/image_list.h"
#include "loop/watched_file.h"
#include "registry/docker_config.h"
#include "registry/keyring.h"

namespace kip::agent {

namespace {

using registry::SecretKind;
namespace fs = std::filesystem;

// A mounted Secret of either type; Docker's own config.json is as the newer one.
SecretKind kind_of(const std::string& path) {
  return path.ends_with(registry::data_key(SecretKind::dockercfg)) ? SecretKind::dockercfg
                                                                   : SecretKind::dockerconfigjson;
}

// The files that a path means: itself, or what a Secret has that is mounted there. A Secret that is
// not there is an empty folder: images that need none are pulled all the same.
std::vector<std::string> files_at(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> files;
  for (const SecretKind kind : {SecretKind::dockerconfigjson, SecretKind::dockercfg}) {
    const fs::path file = fs::path(path) / registry::data_key(kind);
    if (fs::exists(file, failed)) files.push_back(file.string());
  }
  return files;
}

Status add_credentials(const std::string& path, registry::Keyring& keyring,
                       std::vector<std::string>& warnings) {
  const std::vector<std::string> files = files_at(path);
  if (files.empty())
    warnings.push_back("there are no credentials in " + path +
                       "; expected a mounted Secret with .dockerconfigjson or .dockercfg");
  for (const auto& file : files) {
    const auto text = read_small_file(file, "the file of credentials");
    if (!text) return text.error();
    const auto config = registry::parse_docker_config(*text, kind_of(file), "file " + file);
    warnings.insert(warnings.end(), config.problems.begin(), config.problems.end());
    keyring.add(config);
  }
  return Done{};
}

bool is_in(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

Result<registry::Keyring> read_keyring(const std::vector<std::string>& paths,
                                       std::vector<std::string>& warnings) {
  registry::Keyring keyring;
  for (const auto& path : paths)
    if (auto added = add_credentials(path, keyring, warnings); !added) return added.error();
  return keyring;
}

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

  const auto keyring = read_keyring(options.docker_configs, inputs.warnings);
  if (!keyring) return keyring.error();
  std::vector<std::string> not_asked_for = options.if_not_present;
  for (auto& done : read_done_file(options.done_file)) not_asked_for.push_back(std::move(done));
  for (std::size_t i = 0; i < list.images.size(); ++i) {
    types::ImageReference& image = list.images[i];
    const std::string& name = list.names[i];
    const bool is_asked_for =
        !is_in(not_asked_for, image.text) && (name.empty() || !is_in(not_asked_for, name));
    auto credentials = keyring->matching(image);
    inputs.images.push_back({std::move(image), std::move(credentials), is_asked_for});
  }
  return inputs;
}

}  // namespace kip::agent
