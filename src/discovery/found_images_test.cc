#include "discovery/found_images.h"

#include <gmock/gmock.h>

namespace kip::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr WallTime start{24h * 20'000};

std::vector<std::string> chosen(FoundImages& images, std::size_t most = 10) {
  images.choose(most);
  std::vector<std::string> names;
  for (const auto& found : images.chosen()) names.push_back(found.image);
  return names;
}

TEST(FoundImages, StayUntilTheyAreForgotten) {
  FoundImages images;
  images.see({{"a:1", 1, 1}, {"b:1", 1, 1}}, start);
  images.choose(10);
  images.see({{"b:1", 1, 1}}, start + 1h);
  EXPECT_EQ(images.next_forgotten(168h), start + 169h);
  images.forget(start + 168h, 168h);
  EXPECT_THAT(chosen(images), ElementsAre("a:1", "b:1"));
  images.forget(start + 169h, 168h);
  EXPECT_THAT(chosen(images), ElementsAre("b:1"));
  EXPECT_FALSE(images.next_forgotten(168h));
}

TEST(FoundImages, AreNotForgottenWhenTheyAreUsedAgain) {
  FoundImages images;
  images.see({{"a:1", 1, 1}}, start);
  images.see({}, start + 1h);
  images.see({}, start + 2h);
  EXPECT_EQ(images.next_forgotten(1h), start + 2h) << "by the first time that it was not seen";
  images.see({{"a:1", 1, 1}}, start + 3h);
  images.forget(start + 1000h, 1h);
  EXPECT_THAT(chosen(images), ElementsAre("a:1"));
}

TEST(FoundImages, DoNotAgeWhileNothingCanBeSeen) {
  FoundImages images;
  images.see({{"a:1", 1, 1}}, start);
  images.see({}, start + 1h);
  images.was_blind(start + 2h, start + 12h);
  EXPECT_EQ(images.next_forgotten(1h), start + 12h) << "of the hour before";
}

TEST(FoundImages, ThatWereUnusedWhileNothingCouldBeSeenAgeFromThenOn) {
  FoundImages images;
  images.see({{"a:1", 1, 1}}, start);
  images.see({}, start + 5h);
  images.was_blind(start, start + 12h);
  EXPECT_EQ(images.next_forgotten(1h), start + 13h);
  images.was_blind(start, start + 2h);
  EXPECT_EQ(images.next_forgotten(1h), start + 13h) << "by a clock that was set back";
}

TEST(FoundImages, AreTheMostUsedOnesWithinALimit) {
  FoundImages images;
  images.see({{"a:1", 1, 9}, {"b:1", 5, 1}, {"c:1", 0, 3}, {"d:1", 0, 2}}, start);
  EXPECT_THAT(chosen(images, 3), ElementsAre("b:1", "a:1", "c:1"));
  EXPECT_THAT(images.left_out(), ElementsAre("d:1"));
  images.see({{"c:1", 0, 3}, {"d:1", 0, 2}}, start + 1h);
  EXPECT_THAT(chosen(images, 3), ElementsAre("c:1", "d:1", "a:1")) << "what is in use comes first";
  EXPECT_THAT(images.left_out(), IsEmpty()) << "b:1 is not in use";
}

TEST(FoundImages, KeepTheirPlaceUntilAnotherIsUsedTwiceAsMuch) {
  FoundImages images;
  images.see({{"a:1", 4, 1}, {"b:1", 3, 1}}, start);
  EXPECT_THAT(chosen(images, 1), ElementsAre("a:1"));
  images.see({{"a:1", 4, 1}, {"b:1", 7, 1}}, start);
  EXPECT_THAT(chosen(images, 1), ElementsAre("a:1"));
  images.see({{"a:1", 4, 1}, {"b:1", 9, 1}}, start);
  EXPECT_THAT(chosen(images, 1), ElementsAre("b:1"));
}

TEST(FoundImages, HaveTheMostUsedOnesFirstAsOfWhenTheListLastChanged) {
  FoundImages images;
  images.see({{"a:1", 1, 1}}, start);
  EXPECT_THAT(chosen(images), ElementsAre("a:1"));
  images.see({{"a:1", 1, 1}, {"m:1", 9, 1}}, start);
  EXPECT_THAT(chosen(images), ElementsAre("m:1", "a:1"));
  images.see({{"a:1", 50, 1}, {"m:1", 9, 1}}, start);
  EXPECT_THAT(chosen(images), ElementsAre("m:1", "a:1")) << "counts alone change nothing";
  images.see({{"a:1", 50, 1}, {"m:1", 9, 1}, {"z:1", 1, 1}}, start);
  EXPECT_THAT(chosen(images), ElementsAre("a:1", "m:1", "z:1"));
}

TEST(FoundImages, AreTheSameAfterARestart) {
  FoundImages before, after;
  ImageUse used{"a:1", 1, 1};
  used.placements = {config::Placement{.node_selector = {{"disk", "ssd"}}}, config::Placement()};
  before.see({used, {"b:1", 9, 1}}, start);
  before.see({used}, start + 1h);
  before.choose(10);
  const auto stored = found_images_of(found_images_json({before.chosen(), "f", start + 2h}));
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->filters, "f");
  EXPECT_EQ(stored->blind_since, start + 2h);
  EXPECT_FALSE(found_images_of(parse_json(R"({"images": []})"))->blind_since);
  EXPECT_EQ(stored->images, before.chosen());
  after.restore(stored->images);
  EXPECT_EQ(after.chosen(), before.chosen());
  after.see({}, start + 5h);
  EXPECT_EQ(after.next_forgotten(1h), start + 2h) << "b:1 since before";
  after.forget(start + 5h, 1h);
  EXPECT_THAT(chosen(after), ElementsAre("a:1")) << "in use until now, as far as is known";
}

TEST(FoundImages, SayWhatIsWrongInAStoredList) {
  const auto refusal = [](const char* text) {
    const auto stored = found_images_of(parse_json(text));
    return stored ? "taken" : stored.error().message;
  };
  EXPECT_THAT(refusal("[]"), HasSubstr("expected an object with a list of images"));
  EXPECT_THAT(refusal("not json"), HasSubstr("expected an object with a list of images"));
  EXPECT_THAT(refusal(R"({"images": [{"image": "a"}, {"image": "A B"}]})"),
              HasSubstr("image 1: found"));
  EXPECT_THAT(refusal(R"({"images": [{"image": "a", "unusedSince": "x"}]})"),
              HasSubstr("expected unusedSince such as"));
  EXPECT_THAT(refusal(R"({"images": [], "blindSince": "x"})"),
              HasSubstr("expected blindSince such as"));
  EXPECT_THAT(refusal(R"({"images": [{"image": "a", "placements": [0]}]})"),
              HasSubstr("indices of the list"));
  EXPECT_THAT(refusal(R"({"images": [], "placements": [7]})"), HasSubstr("placement 0: found"));
}

TEST(FoundImages, AreNotRememberedWithoutEnd) {
  FoundImages images;
  std::vector<std::string> texts;
  for (int i = 0; i < 1500; ++i) texts.push_back("a:" + std::to_string(i));
  std::vector<ImageUse> uses;
  for (const auto& text : texts) uses.push_back({text, 1, 1});
  images.see(uses, start);
  images.see({}, start + 1h);
  images.choose(5000);
  EXPECT_EQ(images.chosen().size(), most_unused);
}

TEST(FoundImages, KeepTheirPlaceFromOneThatHasAPodWhereTheyHaveNone) {
  FoundImages images;
  images.see({{"a:1", 0, 1}}, start);
  EXPECT_THAT(chosen(images, 1), ElementsAre("a:1"));
  images.see({{"a:1", 0, 1}, {"b:1", 1, 1}}, start);
  EXPECT_THAT(chosen(images, 1), ElementsAre("a:1")) << "a CronJob at each of its runs";
  images.see({{"a:1", 0, 1}, {"b:1", 2, 1}}, start);
  EXPECT_THAT(chosen(images, 1), ElementsAre("b:1"));
}

TEST(FoundImages, AreUndecidedUntilAChoiceHasSeenThemInUse) {
  const auto is_undecided = [](const FoundImages& images, const char* image) {
    return images.is_undecided(*types::parse_image_reference(image));
  };
  FoundImages images;
  images.see({{"a:1", 2, 1}, {"b:1", 1, 1}}, start);
  images.choose(1);
  EXPECT_FALSE(is_undecided(images, "docker.io/library/a:1"));
  EXPECT_FALSE(is_undecided(images, "b:1")) << "left out";
  EXPECT_TRUE(is_undecided(images, "c:1"));
  images.see({}, start);
  EXPECT_FALSE(is_undecided(images, "a:1")) << "chosen, in use or not";
  EXPECT_TRUE(is_undecided(images, "b:1"));
}

}  // namespace
}  // namespace kip::discovery
