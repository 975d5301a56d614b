#include "discovery/object_table.h"

#include <utility>

#include "base/text.h"

namespace kip::discovery {

namespace {

constexpr std::size_t fewest_slots = 64;

}  // namespace

std::uint64_t object_hash(std::string_view kind, std::string_view namespace_and_name) {
  std::uint64_t hash = fnv1a(std::string_view("\0", 1), fnv1a(kind));
  hash = fnv1a(namespace_and_name, hash);
  // The lowest bits choose a slot, and FNV leaves names that differ in their last letter close
  // together: MurmurHash3's finalizer spreads them.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  hash ^= hash >> 33;
  return hash == 0 ? 1 : hash;
}

ObjectTable::Entry* ObjectTable::find(std::uint64_t hash) {
  if (slots_.empty()) return nullptr;
  for (std::size_t slot = home(hash); slots_[slot].hash != 0; slot = after(slot))
    if (slots_[slot].hash == hash) return &slots_[slot];
  return nullptr;
}

void ObjectTable::add(const Entry& entry) {
  if ((size_ + 1) * 8 > slots_.size() * 7)
    resize(slots_.empty() ? fewest_slots : slots_.size() * 2);
  std::size_t slot = home(entry.hash);
  while (slots_[slot].hash != 0) slot = after(slot);
  slots_[slot] = entry;
  ++size_;
}

// What stands behind the gap and would not be found across it moves into it.
void ObjectTable::remove(std::uint64_t hash) {
  Entry* const found = find(hash);
  if (found == nullptr) return;
  auto gap = static_cast<std::size_t>(found - slots_.data());
  for (std::size_t slot = after(gap); slots_[slot].hash != 0; slot = after(slot)) {
    const std::size_t distance = (slot - home(slots_[slot].hash)) & (slots_.size() - 1);
    if (distance < ((slot - gap) & (slots_.size() - 1))) continue;
    slots_[gap] = slots_[slot];
    gap = slot;
  }
  slots_[gap] = Entry{};
  --size_;
  if (slots_.size() > fewest_slots && size_ * 8 < slots_.size()) resize(slots_.size() / 2);
}

void ObjectTable::resize(std::size_t slots) {
  const std::vector<Entry> before = std::exchange(slots_, std::vector<Entry>(slots));
  size_ = 0;
  for (const Entry& entry : before)
    if (entry.hash != 0) add(entry);
}

}  // namespace kip::discovery
