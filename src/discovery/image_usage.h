// Who uses which image, counted while objects come in: what is kept grows with the images and the
// nodes, not with the objects. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "discovery/workload_images.h"

namespace kip::discovery {

struct UsedImage {
  std::string image;  // as it is written; where it is in several ways, the shortest
  std::size_t pods = 0;
  std::size_t nodes = 0;  // with such a pod
  // Objects whose template has it, by kind: {"Deployment", 2}. Pods are not among them, nor what
  // another object made.
  std::map<std::string, std::size_t> workloads;
  bool operator==(const UsedImage&) const = default;
};

class ImageUsage {
 public:
  void add(const WorkloadKind& kind, const json& object);

  // Those of most pods first, then by name.
  std::vector<UsedImage> images() const;

 private:
  struct Uses {
    std::string image;
    std::size_t pods = 0;
    std::set<std::uint32_t> nodes;
    std::array<std::size_t, std::size(workload_kinds)> objects{};
  };
  std::uint32_t number_of(const std::string& node);

  std::map<std::string, Uses> uses_;  // by the whole reference, or by what is none
  std::map<std::string, std::uint32_t> nodes_;
};

}  // namespace kip::discovery
