#include "agent/inputs.h"

#include <algorithm>
#include <utility>

#include "agent/done_file.h"
#include "agent/image_list.h"
#include "loop/watched_file.h"
#include "registry/credential_files.h"

namespace kip::agent {

namespace {

bool is_in(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

Result<registry::Keyring> read_keyring(const std::vector<std::string>& paths,
                                       std::vector<std::string>& warnings) {
  registry::Keyring keyring;
  for (const auto& path : paths)
    if (auto added = registry::add_credentials(path, keyring, warnings); !added)
      return added.error();
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
