#include "loop/watched_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace kip {
namespace {

class WatchedFileTest : public ::testing::Test {
 protected:
  WatchedFileTest() : file_(mkdtemp(folder_.data()) + std::string("/text"), "a text") {}
  ~WatchedFileTest() override { std::filesystem::remove_all(folder_); }
  void write(const char* text) const { std::ofstream(file_.path()) << text; }
  void remove() const { std::filesystem::remove(file_.path()); }

  std::string folder_ = "/tmp/kip-watched-XXXXXX";
  WatchedFile file_;
};

TEST_F(WatchedFileTest, IsReadAgainWhenItChangedAndKeptWhileItIsGone) {
  EXPECT_FALSE(file_.read().ok());
  write("one");
  EXPECT_EQ(*file_.read(), "one");
  write("three");
  EXPECT_EQ(*file_.read(), "three");
  remove();
  EXPECT_EQ(*file_.read(), "three");
}

TEST_F(WatchedFileTest, OneThatNeedNotBeThereIsEmptyOnceItHasGone) {
  EXPECT_EQ(file_.text_if_there(), "");
  write("one");
  EXPECT_EQ(file_.text_if_there(), "one");
  remove();
  EXPECT_EQ(file_.text_if_there(), "");
  write("two!");
  EXPECT_EQ(file_.text_if_there(), "two!");
}

}  // namespace
}  // namespace kip
