#include "agent/image_disk.h"

#include <gtest/gtest.h>

namespace kip::agent {
namespace {

TEST(ImageDisk, AStoreThatCanBeSeenIsLookedAt) {
  EXPECT_EQ(folder_on_disk_of("/tmp"), "/tmp");
  EXPECT_EQ(folder_on_disk_of(""), "");
}

// Where this runs, the root may be an overlay or not.
TEST(ImageDisk, AStoreThatCannotBeSeenIsWhereTheRootIsOrNotKnown) {
  const auto folder = folder_on_disk_of("/no/such/store");
  EXPECT_TRUE(folder.empty() || folder == "/") << folder;
}

TEST(ImageDisk, ADiskHasACapacityAndNoMoreAvailable) {
  const auto disk = filesystem_of("/");
  ASSERT_TRUE(disk);
  EXPECT_GT(disk->capacity, 0U);
  EXPECT_LE(disk->available, disk->capacity);
  EXPECT_FALSE(filesystem_of(""));
  EXPECT_FALSE(filesystem_of("/no/such/folder"));
  EXPECT_FALSE(filesystem_of("/proc")) << "no disk at all";
}

}  // namespace
}  // namespace kip::agent
