#include "archive/inputs.h"

#include <algorithm>
#include <utility>

#include "agent/image_list.h"
#include "base/text.h"
#include "loop/watched_file.h"
#include "registry/credential_files.h"

namespace kip::archive {

namespace {

// Each by itself: the same image under two names has two files.
void add(agent::ImageList& list, const std::string& text, const std::string& origin) {
  agent::ImageList one;
  agent::add_lines(one, text, origin);
  std::move(one.images.begin(), one.images.end(), std::back_inserter(list.images));
  std::move(one.problems.begin(), one.problems.end(), std::back_inserter(list.problems));
}

void add_setting(agent::ImageList& list, std::string text) {
  for (char& c : text)
    if (c == ';' || c == ',' || c == '\t' || c == '\n' || c == '\r') c = ' ';
  for (const auto& entry : split(text, ' ')) {
    // No reference has this character.
    const auto equals = entry.find('=');
    add(list, equals == std::string::npos ? entry : entry.substr(equals + 1), "IMAGES");
  }
}

}  // namespace

Result<Inputs> read_inputs(const Options& options, const Environment& environment) {
  agent::ImageList list;
  for (const auto& argument : options.images) add(list, argument, "argument");
  add_setting(list, value_of(environment, "IMAGES"));
  if (!options.image_list_file.empty()) {
    const auto text = read_small_file(options.image_list_file, "the list of images");
    if (!text) return text.error();
    add(list, *text, options.image_list_file);
  }
  Inputs inputs;
  NamedImages named = name_all(list.images, options.settings.format);
  inputs.images = std::move(named.images);
  inputs.bad_entries = std::move(list.problems);
  std::move(named.refused.begin(), named.refused.end(), std::back_inserter(inputs.bad_entries));

  registry::Keyring keyring;
  for (const auto& path : options.pull_secrets)
    if (auto added = registry::add_credentials(path, keyring, inputs.warnings); !added)
      return added.error();
  for (const auto& [image, name] : inputs.images)
    inputs.wanted.push_back({image, keyring.matching(image)});
  return inputs;
}

}  // namespace kip::archive
