#include "agent/image_list.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(const ImageList& list) {
  std::vector<std::string> out;
  for (const auto& image : list.images) out.push_back(image.text);
  return out;
}

TEST(ImageList, LinesAreTrimmedAndEmptyOnesAndCommentsAreNone) {
  ImageList list;
  add_lines(list, "\xEF\xBB\xBF# first\r\n  quay.io/a/b:1 \r\n\r\n\t#x\nbusybox", "images.txt");
  EXPECT_THAT(texts(list), ElementsAre("quay.io/a/b:1", "busybox"));
  EXPECT_TRUE(list.problems.empty());
}

TEST(ImageList, WhatNamesTheSameImageIsTakenOnce) {
  ImageList list;
  add_lines(list, "busybox:1\ndocker.io/library/busybox:1\nbusybox:1\n", "images.txt");
  add_arguments(list, {"busybox:1", "busybox:2"});
  EXPECT_THAT(texts(list), ElementsAre("busybox:1", "busybox:2"));
}

TEST(ImageList, AnArgumentWithANameHasAPlaceOfItsOwn) {
  ImageList list;
  add_arguments(list, {"a=busybox:1", "b=docker.io/library/busybox:1", "busybox:1", "c=x y"});
  EXPECT_THAT(texts(list), ElementsAre("busybox:1", "docker.io/library/busybox:1"));
  EXPECT_THAT(list.names, ElementsAre("a", "b"));
  EXPECT_EQ(list.problems.size(), 1U);
}

TEST(ImageList, EachBadEntryIsNamedWithItsLineAndTheGoodOnesStay) {
  ImageList list;
  add_lines(list, "good:1\nquay.io/UPPER\n\nhttp://x/y\n", "/tmp/list/images.txt");
  add_arguments(list, {"also:good", "a b"});
  EXPECT_THAT(texts(list), ElementsAre("good:1", "also:good"));
  ASSERT_EQ(list.problems.size(), 3U);
  EXPECT_THAT(list.problems[0], HasSubstr("/tmp/list/images.txt:2: "));
  EXPECT_THAT(list.problems[0], HasSubstr("quay.io/UPPER"));
  EXPECT_THAT(list.problems[1], HasSubstr("/tmp/list/images.txt:4: "));
  EXPECT_THAT(list.problems[2], HasSubstr("argument: "));
}

// Each compared with all before it, ten thousand took 20 s, in which no signal was heard; these
// would be over the time that a test has.
TEST(ImageList, ManyLinesAreAsManyImages) {
  constexpr int many = 50'000;
  std::string text;
  for (int i = 0; i < many; ++i) text += "quay.io/a/b:" + std::to_string(i) + "\n";
  ImageList list;
  add_lines(list, text + text, "images.txt");
  EXPECT_EQ(list.images.size(), std::size_t{many});
}

}  // namespace
}  // namespace kip::agent
