#include "core/warm_list.h"

#include <utility>

#include "base/text.h"
#include "config/json_value.h"
#include "core/names.h"
#include "types/image_names.h"
#include "types/object.h"

namespace kip::core {

namespace {

constexpr const char* name_prefix = "image-puller-warm-";
constexpr const char* data_key = "images.json";

json image_json(const WantedImage& image) {
  json out = {{"image", image.reference.text}};
  if (image.placement) out["placement"] = config::placement_json(*image.placement);
  return out;
}

Result<WantedImage> read_image(const json& value) {
  auto reference = types::parse_image_reference(string_at(value, "/image"));
  if (!reference) return reference.error();
  WantedImage image{*std::move(reference)};
  if (!has(value, "/placement")) return image;
  auto placement = read_warm_placement(at(value, "/placement"));
  if (!placement)
    return permanent(image.reference.text + ": placement: " + placement.error().message);
  image.placement = *std::move(placement);
  return image;
}

}  // namespace

Result<config::Placement> read_warm_placement(const json& value) {
  auto placement = config::read_placement(value);
  if (!placement) return placement;
  if (const auto good = config::check_size(*placement); !good) return good.error();
  return placement;
}

std::string of_daemonset(const std::string& daemonset_name) {
  if (daemonset_name.size() <= types::longest_label) return daemonset_name;
  const std::string sum = "-" + checksum(daemonset_name);
  return daemonset_name.substr(0, types::longest_label - sum.size()) + sum;
}

std::string warm_list_object(const std::string& list_name) { return name_prefix + list_name; }

json warm_list_configmap(const WarmList& list, const std::string& namespace_name,
                         const std::string& daemonset_name,
                         const std::optional<OwnerReference>& owner) {
  json images = json::array();
  for (const auto& image : list.images) images.push_back(image_json(image));
  json configmap = {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       {{"name", warm_list_object(list.name)},
        {"namespace", namespace_name},
        {"labels",
         {{managed_by_label, managed_by_value}, {warm_list_label, of_daemonset(daemonset_name)}}},
        {"annotations", {{warm_list_until, to_rfc3339(list.until)}}}}},
      {"data", {{data_key, images.dump(1)}}}};
  if (owner) configmap["metadata"]["ownerReferences"] = json::array({owner_json(*owner)});
  return configmap;
}

std::optional<WallTime> until(const json& configmap) {
  const json& annotations = object_at(configmap, "/metadata/annotations");
  const auto found = annotations.find(warm_list_until);
  if (found == annotations.end() || !found->is_string()) return std::nullopt;
  return from_rfc3339(found->get<std::string>());
}

Result<WarmList> read_warm_list(const json& configmap) {
  WarmList list;
  list.name = object::name(configmap);
  if (list.name.starts_with(name_prefix)) list.name.erase(0, std::string_view(name_prefix).size());
  const auto time = until(configmap);
  if (!time)
    return permanent("annotation " + std::string(warm_list_until) +
                     " is not a time such as 2026-01-31T12:00:00Z");
  list.until = *time;
  const json& data = object_at(configmap, "/data");
  const auto text = data.find(data_key);
  const auto images = text != data.end() && text->is_string()
                          ? config::parse_json_text(text->get_ref<const std::string&>())
                          : Result<json>(permanent("it is not there"));
  if (!images) return permanent(std::string(data_key) + ": " + images.error().message);
  if (!images->is_array()) return permanent(std::string(data_key) + ": expected a list");
  if (images->size() > most_warm_images)
    return permanent(std::string(data_key) + ": it has " + std::to_string(images->size()) +
                     " entries; expected at most " + std::to_string(most_warm_images));
  for (const auto& each : *images) {
    auto image = read_image(each);
    if (!image) return image.error();
    list.images.push_back(*std::move(image));
  }
  return list;
}

}  // namespace kip::core
