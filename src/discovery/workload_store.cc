#include "discovery/workload_store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "types/image_names.h"

namespace kip::discovery {

namespace {

// A cluster where each pod has a placement of its own is taken for one without any.
constexpr std::size_t most_placements = 256;

// The number of a place for one more.
template <class Value>
std::uint32_t place_in(std::vector<Value>& values, std::vector<std::uint32_t>& free) {
  if (free.empty()) {
    values.emplace_back();
    return static_cast<std::uint32_t>(values.size() - 1);
  }
  const std::uint32_t number = free.back();
  free.pop_back();
  return number;
}

std::uint64_t hash_of_key(const types::ImageReference& image) {
  return object_hash("", types::whole_name(image));
}

}  // namespace

WorkloadStore::Change WorkloadStore::put(std::uint16_t source, std::uint64_t object,
                                         const Workload* workload) {
  if (workload == nullptr) return remove(object);
  if (marks_.size() <= source) marks_.resize(source + std::size_t{1});
  Change change;
  // The new record first: what stays in use between the two is no change.
  const std::uint32_t record = record_of(*workload, change);
  if (ObjectTable::Entry* const entry = objects_.find(object)) {
    const std::uint32_t before = std::exchange(entry->record, record);
    entry->source = source;
    entry->mark = marks_[source];
    release(before, change);
  } else {
    objects_.add({object, record, source, marks_[source]});
  }
  return change;
}

WorkloadStore::Change WorkloadStore::remove(std::uint64_t object) {
  Change change;
  const ObjectTable::Entry* const entry = objects_.find(object);
  if (entry == nullptr) return change;
  const std::uint32_t record = entry->record;
  objects_.remove(object);
  release(record, change);
  return change;
}

void WorkloadStore::begin_list(std::uint16_t source) {
  if (marks_.size() <= source) marks_.resize(source + std::size_t{1});
  ++marks_[source];
}

void WorkloadStore::keep(std::uint64_t object) {
  if (ObjectTable::Entry* const entry = objects_.find(object)) entry->mark = marks_[entry->source];
}

WorkloadStore::Change WorkloadStore::end_list(std::uint16_t source) {
  std::vector<std::uint64_t> gone;
  objects_.for_each([&](const ObjectTable::Entry& entry) {
    if (entry.source == source && entry.mark != marks_[source]) gone.push_back(entry.hash);
  });
  Change change;
  for (const auto object : gone) {
    const Change more = remove(object);
    change.is_one = change.is_one || more.is_one;
  }
  return change;
}

std::uint32_t WorkloadStore::packed(std::uint32_t record, Role role) {
  return record << 2 | static_cast<std::uint32_t>(role);
}

std::uint64_t WorkloadStore::hash_of(const Record& record) {
  std::uint64_t hash = record.placement + std::uint64_t{1};
  for (const auto image : record.images) hash = (hash ^ image) * 0x9e3779b97f4a7c15ULL + 1;
  return hash;
}

std::uint32_t WorkloadStore::record_of(const Workload& workload, Change& change) {
  Record record;
  for (const auto& image : workload.images) record.images.push_back(number_of(image));
  std::sort(record.images.begin(), record.images.end());
  record.images.erase(std::unique(record.images.begin(), record.images.end()), record.images.end());
  record.images.shrink_to_fit();
  record.placement = number_of(workload.placement);
  const Role role = workload.is_pod ? Role::pod : workload.is_owned ? Role::owned : Role::owner;
  const auto place = static_cast<std::size_t>(role);
  const std::uint64_t hash = hash_of(record);
  const auto [begin, end] = record_numbers_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    Record& known = records_[it->second];
    if (known.images != record.images || known.placement != record.placement) continue;
    ++known.objects[place];
    return packed(it->second, role);
  }
  for (const auto image : record.images) ++images_[image].records;
  ++placements_[record.placement].records;
  change.is_one = true;
  record.objects[place] = 1;
  const std::uint32_t number = place_in(records_, free_records_);
  records_[number] = std::move(record);
  record_numbers_.emplace(hash, number);
  return packed(number, role);
}

std::uint32_t WorkloadStore::number_of(const types::ImageReference& image) {
  const std::uint64_t key = hash_of_key(image);
  const auto found = image_numbers_.find(key);
  if (found != image_numbers_.end()) return found->second;
  const std::uint32_t number = place_in(images_, free_images_);
  images_[number] = {image.text, 0};
  image_numbers_.emplace(key, number);
  return number;
}

std::uint32_t WorkloadStore::number_of(const config::Placement& placement) {
  // The first one is that of no pod, which is always known.
  if (placements_.empty()) placements_.push_back({{}, 1});
  std::size_t free = placements_.size();
  for (std::size_t i = 0; i < placements_.size(); ++i) {
    if (placements_[i].records == 0)
      free = i;
    else if (placements_[i].placement == placement)
      return static_cast<std::uint32_t>(i);
  }
  if (free == most_placements) return number_of(config::Placement());
  if (free == placements_.size()) placements_.emplace_back();
  placements_[free].placement = placement;
  return static_cast<std::uint32_t>(free);
}

void WorkloadStore::release(std::uint32_t packed_record, Change& change) {
  const std::uint32_t number = packed_record >> 2;
  Record& record = records_[number];
  --record.objects[packed_record & 3U];
  if (record.objects != std::array<std::uint32_t, 3>{}) return;
  change.is_one = true;
  const auto [begin, end] = record_numbers_.equal_range(hash_of(record));
  const auto own = std::find_if(begin, end, [&](const auto& it) { return it.second == number; });
  if (own != end) record_numbers_.erase(own);
  for (const auto image : record.images) {
    Image& left = images_[image];
    if (--left.records > 0) continue;
    if (const auto parsed = types::parse_image_reference(left.text))
      image_numbers_.erase(hash_of_key(*parsed));
    left = {};
    free_images_.push_back(image);
  }
  --placements_[record.placement].records;
  record = {};
  free_records_.push_back(number);
}

std::vector<ImageUse> WorkloadStore::uses(bool with_placements) const {
  std::vector<ImageUse> uses(images_.size());
  std::vector<std::set<std::uint32_t>> placements(with_placements ? images_.size() : 0);
  for (const auto& record : records_) {
    for (const auto image : record.images) {
      ImageUse& use = uses[image];
      use.pods += record.objects[static_cast<std::size_t>(Role::pod)];
      use.workloads += record.objects[static_cast<std::size_t>(Role::owner)];
      if (with_placements) placements[image].insert(record.placement);
    }
  }
  for (std::size_t i = 0; i < images_.size(); ++i)
    if (images_[i].records > 0) uses[i].image = images_[i].text;
  for (std::size_t i = 0; i < placements.size(); ++i) {
    auto& of_image = uses[i].placements;
    for (const auto number : placements[i]) of_image.push_back(placements_[number].placement);
    // Their numbers depend on who came first.
    std::sort(of_image.begin(), of_image.end(), [](const auto& a, const auto& b) {
      return std::tie(a.node_selector, a.node_terms, a.tolerations) <
             std::tie(b.node_selector, b.node_terms, b.tolerations);
    });
  }
  std::erase_if(uses, [](const ImageUse& use) { return use.image.empty(); });
  return uses;
}

}  // namespace kip::discovery
