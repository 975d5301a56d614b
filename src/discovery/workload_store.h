// The workloads of a cluster, as far as discovery needs them: which objects there are, and for each
// set of images and placement how many have it. Objects of one template share one record. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/placement.h"
#include "discovery/object_table.h"
#include "discovery/workload.h"
#include "types/image_reference.h"

namespace kip::discovery {

struct ImageUse {
  std::string_view image;  // as the first object that had it wrote it
  std::uint32_t pods = 0;
  std::uint32_t workloads = 0;                  // that no other object made
  std::vector<config::Placement> placements{};  // each once
};

class WorkloadStore {
 public:
  // Whether images or placements came into use or went out of it; counts alone are no change.
  struct Change {
    bool is_one = false;
  };

  // What list and watch of a collection tell, `source` being its number: what the object now is,
  // or null where it does not count.
  Change put(std::uint16_t source, std::uint64_t object, const Workload* workload);
  Change remove(std::uint64_t object);

  // A list of the collection begins: what it does not tell before it ends is gone then.
  void begin_list(std::uint16_t source);
  // What is too large to be read, or cannot be, but is there: what was known of it stays.
  void keep(std::uint64_t object);
  Change end_list(std::uint16_t source);

  // Of every image in use, in no order. Good until the store changes. Placements take the most
  // memory.
  std::vector<ImageUse> uses(bool with_placements = true) const;
  std::size_t objects() const { return objects_.size(); }
  std::size_t images() const { return image_numbers_.size(); }

 private:
  struct Image {
    std::string text;           // empty: the number is free
    std::uint32_t records = 0;  // that have it
  };
  struct PlacementUse {
    config::Placement placement;
    std::uint32_t records = 0;
  };
  enum class Role : std::uint32_t { pod, owner, owned };
  struct Record {
    std::vector<std::uint32_t> images;  // sorted
    std::uint32_t placement = 0;
    std::array<std::uint32_t, 3> objects{};  // by their role; all 0: the number is free
  };
  // An object's record and role in the one number that the table has room for.
  static std::uint32_t packed(std::uint32_t record, Role role);

  std::uint32_t record_of(const Workload& workload, Change& change);
  std::uint32_t number_of(const types::ImageReference& image);
  std::uint32_t number_of(const config::Placement& placement);
  void release(std::uint32_t packed_record, Change& change);
  static std::uint64_t hash_of(const Record& record);

  ObjectTable objects_;
  std::vector<std::uint16_t> marks_;  // of the list under way, or of the last one, by source
  std::vector<Record> records_;
  std::vector<std::uint32_t> free_records_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> record_numbers_;
  std::vector<Image> images_;
  std::vector<std::uint32_t> free_images_;
  std::unordered_map<std::uint64_t, std::uint32_t> image_numbers_;  // by a hash of whole_name()
  std::vector<PlacementUse> placements_;  // few; those without records are free
};

}  // namespace kip::discovery
