#include "discovery/object_table.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace kip::discovery {
namespace {

TEST(ObjectTable, HoldsWhatAMapWouldAfterAnyAddsAndRemoves) {
  ObjectTable table;
  std::map<std::uint64_t, std::uint32_t> expected;
  std::mt19937 random(7);  // NOLINT: the same each time
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    const std::uint64_t hash = object_hash("Pod", std::to_string(random() % 3000));
    if (expected.erase(hash) > 0) {
      table.remove(hash);
    } else {
      table.add({hash, i, 1, 2});
      expected.emplace(hash, i);
    }
    if (i % 1000 != 0) continue;
    ASSERT_EQ(table.size(), expected.size());
    for (const auto& [key, record] : expected) {
      const auto* const entry = table.find(key);
      ASSERT_NE(entry, nullptr);
      ASSERT_EQ(entry->record, record);
    }
  }
  std::size_t count = 0;
  table.for_each([&](const ObjectTable::Entry& entry) {
    EXPECT_TRUE(expected.contains(entry.hash));
    ++count;
  });
  EXPECT_EQ(count, expected.size());
  table.remove(object_hash("Pod", "none"));
  EXPECT_EQ(table.size(), expected.size());
}

TEST(ObjectHash, TellsKindsFromNames) {
  EXPECT_NE(object_hash("Pod", "a/b"), object_hash("Job", "a/b"));
  EXPECT_NE(object_hash("Pod", "a/b"), object_hash("Po", "da/b"));
}

}  // namespace
}  // namespace kip::discovery
