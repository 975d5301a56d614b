#include "agent/disk_space.h"

#include <limits>

#include <gtest/gtest.h>

namespace kip::agent {
namespace {

constexpr std::uint64_t gib = 1ULL << 30;

TEST(SpaceFor, CountsTheDownloadAndWhatItUnpacksTo) {
  EXPECT_EQ(space_for({}), 0U);
  EXPECT_EQ(space_for({{"a", 100, true}}), 400U);
  EXPECT_EQ(space_for({{"a", 100, true}, {"b", 10, false}}), 420U);
}

TEST(SpaceFor, SizesThatNoDiskHasDoNotWrapAround) {
  const auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(space_for({{"a", most / 2, true}, {"b", most / 2, true}}), most);
  EXPECT_TRUE(refusal({100 * gib, 90 * gib}, 85, most, most));
}

TEST(Refusal, IsWhereUsedClaimedAndNeededPassTheLimit) {
  const Filesystem disk{100 * gib, 40 * gib};  // 25 GiB are left below 85%
  EXPECT_FALSE(refusal(disk, 85, 0, 24 * gib));
  EXPECT_TRUE(refusal(disk, 85, 0, 26 * gib));
  EXPECT_FALSE(refusal(disk, 85, 10 * gib, 14 * gib));
  EXPECT_TRUE(refusal(disk, 85, 10 * gib, 16 * gib));
  EXPECT_FALSE(refusal(disk, 100, 0, 39 * gib));
}

TEST(Refusal, SaysWhatWasThereAndWhatWasExpected) {
  EXPECT_EQ(*refusal({100 * gib, 40 * gib}, 85, 10 * gib, 20 * gib),
            "it may take 20 GiB, and 15 GiB are left below 85% of the disk for images (100 GiB, "
            "60 GiB used, 10 GiB claimed by other pulls)");
}

TEST(Refusal, AFullDiskHasNothingLeft) {
  EXPECT_TRUE(refusal({100 * gib, 5 * gib}, 85, 0, 1));
  EXPECT_TRUE(refusal({100 * gib, 0}, 100, 0, 1));
}

}  // namespace
}  // namespace kip::agent
