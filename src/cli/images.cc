#include "config/images.h"

#include <utility>

#include "cli/commands.h"
#include "cli/listing.h"
#include "discovery/image_usage.h"
#include "discovery/usage_text.h"
#include "types/image_names.h"
#include "types/image_reference.h"
#include "yaml/to_yaml.h"

namespace kip::cli {

namespace {

using discovery::UsedImage;

// Those that a list may hold.
std::vector<types::ImageReference> references(const std::vector<UsedImage>& images) {
  std::vector<types::ImageReference> good;
  for (const auto& used : images) {
    auto parsed = types::parse_image_reference(used.image);
    if (parsed)
      good.push_back(*std::move(parsed));
    else
      warn("left out: " + parsed.error().message);
  }
  return good;
}

std::string as_list(const std::vector<UsedImage>& images) {
  std::string text;
  for (const auto& image : references(images)) text += image.text + "\n";
  return text;
}

std::string as_setting(const std::vector<UsedImage>& images) {
  const auto good = references(images);
  const auto names = types::names_of(good, {std::string(config::init_container_name)});
  std::string text;
  for (std::size_t i = 0; i < good.size(); ++i) text += names[i] + "=" + good[i].text + ";";
  return text.empty() ? text : text + "\n";
}

std::string in_form(const std::vector<UsedImage>& images, ImagesOutput output) {
  switch (output) {
    case ImagesOutput::table:
      return discovery::usage_table(images);
    case ImagesOutput::json:
      return discovery::usage_json(images).dump(2) + "\n";
    case ImagesOutput::yaml:
      return to_yaml(discovery::usage_json(images));
    case ImagesOutput::images:
      return as_setting(images);
    case ImagesOutput::list:
      return as_list(images);
  }
  return {};
}

}  // namespace

int images(const Environment& environment, const ImagesOptions& options) {
  discovery::ImageUsage usage;
  std::vector<Collection> collections;
  for (const auto& kind : discovery::workload_kinds)
    collections.push_back(
        filtered(options.filter, std::string(kind.api), std::string(kind.plural),
                 [&usage, at = &kind](const json& object) { usage.add(*at, object); }));
  if (const int code = list(environment, options.filter, std::move(collections)); code != 0)
    return code;
  print(in_form(usage.images(), options.output));
  return 0;
}

}  // namespace kip::cli
