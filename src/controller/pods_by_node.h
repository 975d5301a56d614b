// Which pods are on a node: an index of summaries that others keep, a few words for each pod. A
// plain value.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/pod_summary.h"

namespace kip::controller {

class PodsByNode {
 public:
  using List = std::vector<const core::PodSummary*>;

  // `pod` stays where it is until it is erased here.
  void put(const core::PodSummary& pod) {
    if (!pod.node.empty()) pods_[pod.node].push_back(&pod);
  }
  void erase(const core::PodSummary& pod) {
    const auto found = pods_.find(pod.node);
    if (found == pods_.end()) return;
    std::erase(found->second, &pod);
    if (found->second.empty()) pods_.erase(found);
  }
  List pods_on(const std::string& node) const {
    const auto found = pods_.find(node);
    return found == pods_.end() ? List() : found->second;
  }

 private:
  std::map<std::string, List> pods_;
};

}  // namespace kip::controller
