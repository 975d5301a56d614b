// Which objects are there, in 16 bytes each: a hash of its kind, namespace and name, and a number
// that says what is known of it. Tens of thousands of them cost a few MiB, and no allocation each.
// Two objects of one hash would be taken for one; among 100,000 that is one chance in 10⁹. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace kip::discovery {

// Never 0.
std::uint64_t object_hash(std::string_view kind, std::string_view namespace_and_name);

class ObjectTable {
 public:
  struct Entry {
    std::uint64_t hash = 0;  // 0: free
    std::uint32_t record = 0;
    std::uint16_t source = 0;  // the collection that it is of
    std::uint16_t mark = 0;    // of the list that had it last
  };
  static_assert(sizeof(Entry) == 16);

  // Null where there is none. Good until the next call.
  Entry* find(std::uint64_t hash);
  // Of a hash that is not there.
  void add(const Entry& entry);
  void remove(std::uint64_t hash);

  std::size_t size() const { return size_; }
  // `take(entry)` for each, in no order.
  template <class Take>
  void for_each(Take take) const {
    for (const Entry& entry : slots_)
      if (entry.hash != 0) take(entry);
  }

 private:
  std::size_t home(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
  std::size_t after(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void resize(std::size_t slots);

  std::vector<Entry> slots_;  // a power of two of them; linear probing
  std::size_t size_ = 0;
};

}  // namespace kip::discovery
