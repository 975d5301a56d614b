#include "discovery/found_images.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "types/image_names.h"

namespace kip::discovery {

void FoundImages::restore(const std::vector<FoundImage>& images) {
  std::size_t place = 0;
  for (const auto& image : images) {
    const auto parsed = types::parse_image_reference(image.image);
    if (!parsed) continue;
    Known& known = images_[types::whole_name(*parsed)];
    known.found = image;
    known.place = ++place;
  }
}

void FoundImages::see(const std::vector<ImageUse>& uses, WallTime now) {
  for (const auto& use : uses) {
    const auto parsed = types::parse_image_reference(use.image);
    if (!parsed) continue;
    Known& known = images_[types::whole_name(*parsed)];
    if (known.found.image.empty()) known.found.image = use.image;
    known.found.placements = use.placements;
    known.found.unused_since.reset();
    known.pods = use.pods;
    known.workloads = use.workloads;
    known.is_seen = true;
  }
  std::vector<const std::string*> unused;
  for (auto& [key, known] : images_) {
    if (std::exchange(known.is_seen, false)) continue;
    if (!known.found.unused_since) known.found.unused_since = now;
    known.pods = known.workloads = 0;
    unused.push_back(&key);
  }
  if (unused.size() <= most_unused) return;
  std::sort(unused.begin(), unused.end(), [&](const auto* a, const auto* b) {
    return images_.at(*a).found.unused_since > images_.at(*b).found.unused_since;
  });
  for (std::size_t i = most_unused; i < unused.size(); ++i) images_.erase(std::string(*unused[i]));
}

void FoundImages::was_blind(WallTime since, WallTime now) {
  for (auto& [key, known] : images_)
    if (auto& unused = known.found.unused_since)
      *unused += std::max(now - std::max(*unused, since), WallTime::duration::zero());
}

void FoundImages::forget(WallTime now, Duration after) {
  std::erase_if(images_, [&](const auto& entry) {
    const auto& since = entry.second.found.unused_since;
    return since && *since + after <= now;
  });
}

std::optional<WallTime> FoundImages::next_forgotten(Duration after) const {
  std::optional<WallTime> next;
  for (const auto& [key, known] : images_)
    if (const auto& since = known.found.unused_since; since && (!next || *since + after < *next))
      next = *since + after;
  return next;
}

bool FoundImages::is_undecided(const types::ImageReference& image) const {
  const auto found = images_.find(types::whole_name(image));
  return found == images_.end() ||
         (found->second.place == 0 && found->second.found.unused_since.has_value());
}

bool FoundImages::is_before(const Known& a, const Known& b) const {
  const auto rank = [](const Known& known) {
    // One against none is no use twice as much: a CronJob's image has a pod at each run.
    const auto use = [&](std::size_t count) {
      return known.place != 0 ? std::max<std::size_t>(2 * count, 1) : count;
    };
    return std::tuple(!known.found.unused_since, use(known.pods), use(known.workloads),
                      known.place != 0, known.found.unused_since.value_or(WallTime()));
  };
  const auto of_a = rank(a), of_b = rank(b);
  return of_a != of_b ? of_b < of_a : a.found.image < b.found.image;
}

std::vector<FoundImages::Known*> FoundImages::by_rank() {
  std::vector<Known*> ranked;
  ranked.reserve(images_.size());
  for (auto& [key, known] : images_) ranked.push_back(&known);
  std::sort(ranked.begin(), ranked.end(),
            [this](const Known* a, const Known* b) { return is_before(*a, *b); });
  return ranked;
}

void FoundImages::choose(std::size_t most) {
  const auto ranked = by_rank();
  bool is_same = true;
  for (std::size_t i = 0; i < ranked.size(); ++i)
    is_same = is_same && (ranked[i]->place != 0) == (i < most);
  if (is_same) return;
  for (std::size_t i = 0; i < ranked.size(); ++i)
    ranked[i]->place = i < most ? static_cast<std::uint32_t>(i + 1) : 0;
}

std::vector<FoundImage> FoundImages::chosen() const {
  std::map<std::size_t, const FoundImage*> in_order;
  for (const auto& [key, known] : images_)
    if (known.place != 0) in_order.emplace(known.place, &known.found);
  std::vector<FoundImage> chosen;
  chosen.reserve(in_order.size());
  for (const auto& [place, found] : in_order) chosen.push_back(*found);
  return chosen;
}

std::vector<std::string_view> FoundImages::left_out() const {
  std::vector<const Known*> left;
  for (const auto& [key, known] : images_)
    if (known.place == 0 && !known.found.unused_since) left.push_back(&known);
  std::sort(left.begin(), left.end(),
            [this](const Known* a, const Known* b) { return is_before(*a, *b); });
  std::vector<std::string_view> names;
  names.reserve(left.size());
  for (const Known* known : left) names.emplace_back(known->found.image);
  return names;
}

}  // namespace kip::discovery
