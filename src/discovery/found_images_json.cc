#include <algorithm>
#include <utility>

#include "base/text.h"
#include "discovery/found_images.h"

namespace kip::discovery {

namespace {

Result<FoundImage> image_of_json(const json& stored,
                                 const std::vector<config::Placement>& placements) {
  const auto refused = [&](const std::string& expected) {
    return permanent("found " + kip::quoted(to_text(stored)) + "; expected " + expected);
  };
  FoundImage image{.image = string_at(stored, "/image")};
  if (!types::parse_image_reference(image.image)) return refused("image, a reference");
  if (has(stored, "/unusedSince")) {
    image.unused_since = from_rfc3339(string_at(stored, "/unusedSince"));
    if (!image.unused_since) return refused("unusedSince such as 2026-01-31T23:59:59Z");
  }
  for (const auto& index : array_at(stored, "/placements")) {
    if (!index.is_number_unsigned() || index.get<std::size_t>() >= placements.size())
      return refused("placements, indices of the list of placements");
    image.placements.push_back(placements[index.get<std::size_t>()]);
  }
  return image;
}

}  // namespace

json found_images_json(const StoredImages& found) {
  std::vector<config::Placement> placements;
  json list = json::array();
  for (const auto& image : found.images) {
    json stored = {{"image", image.image}};
    if (image.unused_since) stored["unusedSince"] = to_rfc3339(*image.unused_since);
    for (const auto& placement : image.placements) {
      const auto known = std::find(placements.begin(), placements.end(), placement);
      stored["placements"].push_back(static_cast<std::size_t>(known - placements.begin()));
      if (known == placements.end()) placements.push_back(placement);
    }
    list.push_back(std::move(stored));
  }
  json told = json::array();
  for (const auto& placement : placements) told.push_back(config::placement_json(placement));
  json all = {
      {"filters", found.filters}, {"images", std::move(list)}, {"placements", std::move(told)}};
  if (found.blind_since) all["blindSince"] = to_rfc3339(*found.blind_since);
  return all;
}

Result<StoredImages> found_images_of(const json& stored) {
  if (!stored.is_object() || !at(stored, "/images").is_array())
    return permanent("found " + std::string(json_type_name(stored)) +
                     "; expected an object with a list of images");
  std::vector<config::Placement> placements;
  for (const auto& entry : array_at(stored, "/placements")) {
    auto placement = config::read_placement(entry);
    if (!placement)
      return permanent("placement " + std::to_string(placements.size()) + ": " +
                       placement.error().message);
    placements.push_back(std::move(*placement));
  }
  StoredImages found{.images = {}, .filters = string_at(stored, "/filters")};
  if (has(stored, "/blindSince")) {
    found.blind_since = from_rfc3339(string_at(stored, "/blindSince"));
    if (!found.blind_since)
      return permanent("found " + kip::quoted(to_text(stored["blindSince"])) +
                       "; expected blindSince such as 2026-01-31T23:59:59Z");
  }
  for (const auto& entry : stored["images"]) {
    auto image = image_of_json(entry, placements);
    if (!image)
      return permanent("image " + std::to_string(found.images.size()) + ": " +
                       image.error().message);
    found.images.push_back(std::move(*image));
  }
  return found;
}

}  // namespace kip::discovery
