// The DaemonSet's pods by name. Each kind of Copies is kept once, and the pods that are not well
// can be visited alone, so that asking after them on each event costs nothing where all is well. A
// plain value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/pod_summary.h"

namespace kip::core {

class Pods {
 public:
  using Map = std::map<std::string, PodSummary, std::less<>>;
  using NotWell = std::map<std::string_view, const PodSummary*>;

  Pods() = default;
  // The index points into the map.
  Pods(const Pods&) = delete;
  Pods& operator=(const Pods&) = delete;

  // True if that changed anything.
  bool put(const std::string& name, PodSummary summary);
  bool erase(std::string_view name);

  // Null: there is none of this name. It stays where it is until it is erased.
  const PodSummary* find(std::string_view name) const {
    const auto found = pods_.find(name);
    return found == pods_.end() ? nullptr : &found->second;
  }

  Map::const_iterator begin() const { return pods_.begin(); }
  Map::const_iterator end() const { return pods_.end(); }
  std::size_t size() const { return pods_.size(); }
  // The digests that pods tell of a container, but for pods that are being deleted or are of a
  // template from before `since`; sorted. Cheap where all have `expected`.
  std::vector<std::string> digests_of(std::string_view container, std::string_view expected,
                                      WallTime since) const;
  // A pod has this image in this container, also one that is on its way out.
  bool have(std::string_view container, std::string_view reference) const;
  // There are pods of a template since then, and each of them that has the container tells this
  // digest of it, and one does at least.
  bool all_tell(std::string_view container, std::string_view digest, WallTime since) const;
  // Another number whenever a pod is another.
  std::uint64_t revision() const { return revision_; }
  const NotWell& not_well() const { return not_well_; }  // those that have PodSummary::unwell

 private:
  Copies shared(Copies copies);

  Map pods_;
  NotWell not_well_;
  std::vector<Copies> kinds_of_copies_;
  std::uint64_t revision_ = 0;
};

}  // namespace kip::core
