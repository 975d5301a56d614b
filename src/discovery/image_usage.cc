#include "discovery/image_usage.h"

#include <algorithm>
#include <tuple>

#include "types/image_reference.h"
#include "types/object.h"

namespace kip::discovery {

namespace {

// The same for "busybox" and "docker.io/library/busybox:latest".
std::string whole(const std::string& image) {
  const auto parsed = types::parse_image_reference(image);
  return parsed ? parsed->whole() : image;
}

bool is_shorter(const std::string& a, const std::string& b) {
  return std::tuple(a.size(), a) < std::tuple(b.size(), b);
}

}  // namespace

std::uint32_t ImageUsage::number_of(const std::string& node) {
  return nodes_.try_emplace(node, static_cast<std::uint32_t>(nodes_.size())).first->second;
}

void ImageUsage::add(const WorkloadKind& kind, const json& object) {
  if (!is_in_use(kind, object)) return;
  const bool is_pod = kind.name == "Pod";
  const std::string node = is_pod ? string_at(object, "/spec/nodeName") : "";
  const auto place = static_cast<std::size_t>(
      std::find(std::begin(workload_kinds), std::end(workload_kinds), kind) -
      std::begin(workload_kinds));
  for (const auto& image : images_of_pod_spec(pod_spec_of(kind, object))) {
    Uses& uses = uses_[whole(image)];
    if (uses.image.empty() || is_shorter(image, uses.image)) uses.image = image;
    if (is_pod)
      ++uses.pods;
    else if (object::owners(object).empty() && place < uses.objects.size())
      ++uses.objects[place];
    if (!node.empty()) uses.nodes.insert(number_of(node));
  }
}

std::vector<UsedImage> ImageUsage::images() const {
  std::vector<UsedImage> images;
  for (const auto& [key, uses] : uses_) {
    UsedImage& image = images.emplace_back();
    image.image = uses.image;
    image.pods = uses.pods;
    image.nodes = uses.nodes.size();
    for (std::size_t i = 0; i < uses.objects.size(); ++i)
      if (uses.objects[i] > 0) image.workloads.emplace(workload_kinds[i].name, uses.objects[i]);
  }
  std::stable_sort(images.begin(), images.end(), [](const auto& a, const auto& b) {
    return std::tuple(b.pods, a.image) < std::tuple(a.pods, b.image);
  });
  return images;
}

}  // namespace kip::discovery
