#include "core/published_images.h"

#include <gmock/gmock.h>

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Heard = PublishedImages::Heard;

types::ImageReference image(const std::string& text) { return *types::parse_image_reference(text); }

class PublishedImagesTest : public ::testing::Test {
 protected:
  Heard hear(const std::string& text) { return images_.hear(image(text), now_); }
  static std::vector<std::string> texts(const PublishedImages& images) {
    std::vector<std::string> all;
    for (const auto& each : images.images()) all.push_back(each.text);
    return all;
  }
  std::vector<std::string> texts() const { return texts(images_); }

  const PublishedImages::Limits limits_{.most = 3, .forget_after = 10h, .gives_way_after = 1h};
  WallTime now_ = *from_rfc3339("2026-11-30T12:00:00Z");
  PublishedImages images_{limits_};
};

TEST_F(PublishedImagesTest, AnImageIsThereOnceHoweverItIsWritten) {
  EXPECT_EQ(hear("b:1"), Heard::is_new);
  EXPECT_EQ(hear("a"), Heard::is_new);
  EXPECT_EQ(hear("docker.io/library/a:latest"), Heard::again);
  EXPECT_THAT(texts(), ElementsAre("b:1", "a")) << "in the order of their messages";
}

TEST_F(PublishedImagesTest, WhatIsNotPublishedAgainIsForgotten) {
  hear("a:1");
  hear("b:1");
  now_ += 6h;
  hear("a:1");
  EXPECT_EQ(images_.next_forgotten(), now_ + 4h);
  now_ += 4h;
  images_.forget(now_);
  EXPECT_THAT(texts(), ElementsAre("a:1"));
}

TEST_F(PublishedImagesTest, TimeInWhichNothingCouldBeHeardDoesNotCount) {
  hear("a:1");
  now_ += 100h;
  images_.was_deaf(95h);
  images_.forget(now_);
  EXPECT_THAT(texts(), ElementsAre("a:1"));
  now_ += 5h;
  images_.forget(now_);
  EXPECT_THAT(texts(), IsEmpty());
  EXPECT_EQ(images_.next_forgotten(), std::nullopt);
}

TEST_F(PublishedImagesTest, ABurstOfOthersPushesNothingOutAndWhatIsSilentGivesWay) {
  for (const char* text : {"a:1", "b:1", "c:1"}) hear(text);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(hear("bad:" + std::to_string(i)), Heard::left_out);
  now_ += 59min;
  hear("a:1");
  hear("c:1");
  EXPECT_EQ(hear("d:1"), Heard::left_out);
  now_ += 1min;
  EXPECT_EQ(hear("d:1"), Heard::is_new);
  EXPECT_EQ(hear("e:1"), Heard::left_out);
  EXPECT_THAT(texts(), ElementsAre("a:1", "c:1", "d:1"));
}

TEST_F(PublishedImagesTest, IsAsOldAfterARestartAsItWasWhenItWasStored) {
  hear("b:1");
  now_ += 4h;
  hear("a:1");
  const json stored = images_.stored(now_);
  PublishedImages next(limits_);
  now_ += 1000h;
  ASSERT_TRUE(next.restore(stored, now_));
  next.forget(now_);
  EXPECT_THAT(texts(next), ElementsAre("b:1", "a:1"));
  now_ += 6h;
  next.forget(now_);
  EXPECT_THAT(texts(next), ElementsAre("a:1"));
}

TEST_F(PublishedImagesTest, AClockThatWasSetBackMakesNothingYoungerThanNow) {
  hear("a:1");
  const json stored = images_.stored(now_ - 5h);
  PublishedImages next(limits_);
  ASSERT_TRUE(next.restore(stored, now_));
  EXPECT_EQ(next.next_forgotten(), now_ + 10h);
}

TEST_F(PublishedImagesTest, WhatIsStoredIsWornWhenAnImageIsYoungerThanItSays) {
  hear("a:1");
  EXPECT_TRUE(images_.is_worn(1h)) << "it is not stored at all";
  images_.stored(now_);
  now_ += 59min;
  hear("a:1");
  EXPECT_FALSE(images_.is_worn(1h));
  now_ += 1min;
  hear("a:1");
  EXPECT_TRUE(images_.is_worn(1h));
}

TEST_F(PublishedImagesTest, WhatIsStoredOtherwiseIsRefusedAsAWhole) {
  hear("a:1");
  for (const char* text :
       {"null", "[]", R"({"images":[]})", R"({"at":"2026-11-30T12:00:00Z","images":7})",
        R"({"at":"2026-11-30T12:00:00Z","images":[{"image":"b:1"}]})",
        R"({"at":"2026-11-30T12:00:00Z","images":[{"image":"//","heard":"2026-11-30T12:00:00Z"}]})",
        R"({"at":"then","images":[]})"}) {
    EXPECT_FALSE(images_.restore(parse_json(text), now_)) << text;
    EXPECT_THAT(texts(), ElementsAre("a:1")) << text;
  }
}

TEST_F(PublishedImagesTest, NoMoreAreRestoredThanThereMayBe) {
  PublishedImages many({.most = 100});
  for (int i = 0; i < 100; ++i) many.hear(image("a:" + std::to_string(i)), now_);
  ASSERT_TRUE(images_.restore(many.stored(now_), now_));
  EXPECT_THAT(texts(), ElementsAre("a:0", "a:1", "a:2"));
}

TEST(ReadPublished, AMessageIsAnImageAsItIsWritten) {
  EXPECT_EQ(read_published(" nginx:1.21\r\n")->text, "nginx:1.21");
  EXPECT_EQ(read_published("host:5000/x")->domain, "host:5000");
  for (const std::string& bad :
       {std::string(), std::string("not//an image"), std::string("a b"), std::string("a\0b", 3),
        std::string("\xff\xfe"), std::string("{\"images\":[\"a\"]}"), std::string("a:1\nb:1")})
    EXPECT_FALSE(read_published(bad)) << bad;
  const auto large = read_published(std::string(60'000, 'a'));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("60000 bytes"));
  EXPECT_THAT(large.error().message, SizeIs(::testing::Lt(300)));
}

}  // namespace
}  // namespace kip::core
