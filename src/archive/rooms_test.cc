#include "archive/rooms.h"

#include <filesystem>
#include <optional>

#include <gmock/gmock.h>

namespace kip::archive {
namespace {

using ::testing::HasSubstr;

class RoomsTest : public ::testing::Test {
 protected:
  RoomsTest() {
    char made[] = "/tmp/kip-rooms-XXXXXX";
    path_ = mkdtemp(made);
    auto opened = Folder::open(path_);
    folder_.emplace(std::move(*opened));
  }
  ~RoomsTest() override { std::filesystem::remove_all(path_); }

  void write_partial(const std::string& name, std::size_t bytes) {
    ASSERT_TRUE(folder_->own().open_partial(name)->write(0, std::string(bytes, 'x')));
    free_ -= bytes;
  }
  Rooms rooms(std::optional<std::uint64_t> limit = std::nullopt) {
    return {*folder_, record_, limit, [this] { return free_; }};
  }

  std::string path_;
  std::optional<Folder> folder_;
  Record record_;
  std::uint64_t free_ = 1000;
};

TEST_F(RoomsTest, WhatAnotherHasWrittenIsNotCountedTwice) {
  Rooms all = rooms();
  const auto first = all.add("u/a:1", "a-");
  ASSERT_TRUE(first->resize(600));
  const auto second = all.add("u/b:1", "b-");
  EXPECT_THAT(second->resize(500).error().message,
              HasSubstr("needs 500 bytes, and the disk has 1000 free, of which others that are "
                        "being written need 600"));
  write_partial("a-1.tar", 550);
  EXPECT_TRUE(second->resize(400)) << "450 are free, and 50 are still to come";
  EXPECT_FALSE(second->resize(401));
}

TEST_F(RoomsTest, WhatIsThereFromBeforeNeedsNoRoomAgain) {
  Rooms all = rooms();
  write_partial("a-1.tar", 500);
  write_partial("a-2.zst", 400);
  EXPECT_TRUE(all.add("u/a:1", "a-")->resize(1000));
  EXPECT_FALSE(all.add("u/b:1", "b-")->resize(1001));
}

TEST_F(RoomsTest, TheLimitIsOfArchivesThoseUnderWayAndPartsThatWereLeft) {
  Rooms all = rooms(900);
  free_ = 1 << 20;
  record_.archives["c.tar"].bytes = 300;
  auto first = all.add("u/a:1", "a-");
  ASSERT_TRUE(first->resize(400));
  write_partial("left-1.tar", 100);
  const auto second = all.add("u/b:1", "b-");
  EXPECT_TRUE(second->resize(100));
  EXPECT_EQ(folder_->own().partials().size(), 1U);
  EXPECT_TRUE(second->resize(200)) << "in the place of what was left";
  EXPECT_TRUE(folder_->own().partials().empty());
  EXPECT_THAT(second->resize(201).error().message,
              HasSubstr("there are 700, and the limit is 900"));
  first.reset();
  EXPECT_TRUE(second->resize(600));
}

}  // namespace
}  // namespace kip::archive
