#include "cli/warm_manifests.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/placement.h"
#include "core/warm_list.h"
#include "discovery/manifest.h"
#include "discovery/workload_images.h"
#include "types/image_names.h"
#include "types/object.h"
#include "yaml/from_yaml.h"

namespace kip::cli {

namespace {

constexpr std::size_t checksum_size = 8;

std::string name_of(std::vector<std::string> workloads) {
  if (workloads.empty()) return {};
  const std::string& first = workloads.front();
  const std::string readable = types::dns_label_of(first.substr(first.find_last_of(" /") + 1), 40);
  std::sort(workloads.begin(), workloads.end());
  return readable + (readable.empty() ? "" : "-") +
         checksum(joined(workloads, ";")).substr(0, checksum_size);
}

}  // namespace

Result<ManifestImages> images_of_manifests(std::string_view text) {
  const auto documents = from_yaml_documents(text);
  if (!documents) return documents.error();
  ManifestImages found;
  found.objects = documents->size();
  std::vector<std::string> workloads;
  for (const auto& document : *documents)
    for (const auto& each : discovery::pod_templates_of(document)) {
      workloads.push_back(each.of);
      const config::Placement placement = core::placement_of(*each.spec);
      // So that the service takes what is written here.
      if (const auto good = core::read_warm_placement(config::placement_json(placement)); !good)
        return permanent(each.of + ": " + good.error().message);
      for (const auto& image : discovery::images_of_pod_spec(*each.spec)) {
        auto reference = types::parse_image_reference(image);
        if (!reference) return permanent(each.of + ": " + reference.error().message);
        core::WantedImage wanted{*std::move(reference), placement};
        if (std::find(found.images.begin(), found.images.end(), wanted) == found.images.end())
          found.images.push_back(std::move(wanted));
      }
    }
  if (found.images.size() > core::most_warm_images)
    return permanent("it has " + std::to_string(found.images.size()) +
                     " images, each for its nodes; expected at most " +
                     std::to_string(core::most_warm_images) + " in one list");
  found.name = name_of(std::move(workloads));
  return found;
}

}  // namespace kip::cli
