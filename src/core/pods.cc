#include "core/pods.h"

#include <algorithm>
#include <set>

namespace kip::core {

bool Pods::put(const std::string& name, PodSummary summary) {
  const auto [entry, is_new] = pods_.try_emplace(name);
  PodSummary& kept = entry->second;
  if (!is_new && kept == summary) return false;
  ++revision_;
  kept.copies = no_copies();  // so that its kind is given up where no other pod has it
  summary.copies = shared(std::move(summary.copies));
  kept = std::move(summary);
  if (kept.unwell) {
    not_well_.insert_or_assign(entry->first, &kept);
  } else {
    not_well_.erase(entry->first);
  }
  return true;
}

bool Pods::erase(std::string_view name) {
  const auto found = pods_.find(name);
  if (found == pods_.end()) return false;
  ++revision_;
  not_well_.erase(found->first);
  pods_.erase(found);
  return true;
}

std::vector<std::string> Pods::digests_of(std::string_view container, std::string_view expected,
                                          WallTime since) const {
  std::set<std::string> found;
  const auto add = [&](const std::vector<Copy>& copies) {
    for (const auto& copy : copies)
      if (copy.name == container && !copy.digest.empty()) found.insert(copy.digest);
  };
  for (const auto& kind : kinds_of_copies_)
    if (kind.use_count() > 1) add(*kind);
  if (std::any_of(found.begin(), found.end(), [&](const auto& d) { return d != expected; })) {
    found.clear();
    for (const auto& [name, pod] : pods_)
      if (!pod.deleting && pod.of_template >= since) add(*pod.copies);
  }
  return {found.begin(), found.end()};
}

bool Pods::have(std::string_view container, std::string_view reference) const {
  return std::any_of(kinds_of_copies_.begin(), kinds_of_copies_.end(), [&](const Copies& kind) {
    return kind.use_count() > 1 && std::any_of(kind->begin(), kind->end(), [&](const Copy& copy) {
             return copy.name == container && copy.reference == reference;
           });
  });
}

bool Pods::all_tell(std::string_view container, std::string_view digest, WallTime since) const {
  bool is_told = false;
  for (const auto& [name, pod] : pods_) {
    if (pod.deleting || pod.of_template < since) continue;
    for (const auto& copy : *pod.copies) {
      if (copy.name != container) continue;
      if (copy.digest != digest) return false;
      is_told = true;
    }
  }
  return is_told;
}

Copies Pods::shared(Copies copies) {
  std::erase_if(kinds_of_copies_, [](const Copies& kind) { return kind.use_count() == 1; });
  for (const auto& kind : kinds_of_copies_)
    if (*kind == *copies) return kind;
  kinds_of_copies_.push_back(copies);
  return copies;
}

}  // namespace kip::core
