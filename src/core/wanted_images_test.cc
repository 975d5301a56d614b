#include "core/wanted_images.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/groups.h"
#include "core/placement.h"
#include "testing/settings.h"
#include "types/taint.h"

namespace kip::core {
namespace {

using testing::reference;

WantedImage wanted(const char* image) { return {reference(image)}; }
WantedImage wanted(const char* image, const json& node_selector) {
  return {reference(image), config::Placement{.node_selector = node_selector}};
}
config::Settings with(std::vector<config::CachedImage> images) {
  config::Settings settings = testing::some_settings();
  settings.images = std::move(images);
  return settings;
}

// "name=image {placement};", and behind it what is left out.
std::string shown(const WantedSettings& all) {
  std::string out;
  for (const auto& image : all.settings.images)
    out += image.name + "=" + image.reference.text +
           (image.placement ? " " + to_text(image.placement->node_selector) : "") + ";";
  for (const auto& each : all.left_out) out += " -" + each.image + ": " + each.why;
  return out;
}

const config::CachedImage app = {"app", reference("reg/app:1")};

TEST(WantedImages, ComeBehindThoseOfImagesUnderANameThatIsTheImagesAlone) {
  EXPECT_EQ(shown(with_wanted(with({app}), {{wanted("reg/z:2"), wanted("reg/b")}})),
            "app=reg/app:1;b-latest=reg/b;z-2=reg/z:2;");
}

TEST(WantedImages, InAnyOrderAreTheSame) {
  const auto settings = with({app});
  const WantedImage a = wanted("reg/a:1"), b = wanted("other/a:1"), c = wanted("reg/a:2");
  EXPECT_EQ(with_wanted(settings, {{a, b, c}}).settings,
            with_wanted(settings, {{c}, {b, a}}).settings);
}

TEST(WantedImages, AnImageThatIsThereAlreadyKeepsItsNameHoweverItIsWritten) {
  EXPECT_EQ(shown(with_wanted(with({{"box", reference("busybox")}}),
                              {{wanted("docker.io/library/busybox:latest")}, {wanted("busybox")}})),
            "box=busybox;");
}

TEST(WantedImages, ANameOfImagesIsNotGivenAgain) {
  const auto all =
      with_wanted(with({{"app-2", reference("reg/other:1")}}), {{wanted("reg/app:2")}});
  ASSERT_EQ(all.settings.images.size(), 2U);
  EXPECT_EQ(all.settings.images[0].name, "app-2");
  EXPECT_TRUE(all.settings.images[1].name.starts_with("app-") &&
              all.settings.images[1].name.size() > 12);
}

TEST(WantedImages, EachPlacementHasItsOwnUnlessOneCoversIt) {
  EXPECT_EQ(shown(with_wanted(with({}),
                              {{wanted("r/x:1", {{"pool", "a"}}), wanted("r/x:1", {{"pool", "b"}}),
                                wanted("r/x:1", {{"pool", "a"}, {"disk", "ssd"}})}})),
            "x-1=r/x:1 {\"pool\":\"a\"};x-1=r/x:1 {\"pool\":\"b\"};");
  EXPECT_EQ(shown(with_wanted(with({}), {{wanted("r/x:1", {{"pool", "a"}})}, {wanted("r/x:1")}})),
            "x-1=r/x:1;");
}

// As the service itself, which would have a DaemonSet for itself.
TEST(WantedImages, WhoToleratesTheGateHasNoNodesOfItsOwnForThat) {
  auto settings = with({});
  settings.node_gate.taint = *types::parse_taint("not-warm=yes:NoSchedule");
  WantedImage image = wanted("r/x:1");
  image.placement = config::Placement{
      .tolerations = json::parse(R"([{"key":"not-warm","value":"yes","effect":"NoSchedule"}])")};
  const auto has_placement = [&] {
    return with_wanted(settings, {{image}}).settings.images.at(0).placement.has_value();
  };
  EXPECT_FALSE(has_placement());
  image.placement->tolerations[0].erase("effect");
  EXPECT_TRUE(has_placement()) << "it runs on nodes that others do not open";
}

std::vector<WantedImage> for_teams(int teams, int images = 2) {
  std::vector<WantedImage> all;
  for (int i = 0; i < teams; ++i) {
    all.push_back({reference("r/x" + std::to_string(i % images) + ":1")});
    all.back().placement = config::Placement{
        .node_selector = {{"os", "linux"}},
        .tolerations = json::array({{{"key", "team"}, {"value", "t" + std::to_string(i)}}})};
  }
  all.push_back(wanted("r/z:1", {{"pool", "a"}}));
  all.push_back(wanted("r/x1:1", {{"pool", "a"}}));
  return all;
}

TEST(WantedImages, OfMorePlacementsThanThereCanBeDaemonSetsSomeBecomeOneThatCoversThem) {
  const auto list = for_teams(40);
  const auto all = with_wanted(with({app}), {list});
  EXPECT_EQ(all.placements_too_many, 26U);
  std::set<std::string> placements;
  for (const auto& image : all.settings.images)
    if (image.placement) placements.insert(text_of(*image.placement));
  EXPECT_EQ(placements.size(), most_wanted_placements);
  for (const auto& each : list)
    EXPECT_TRUE(std::any_of(all.settings.images.begin(), all.settings.images.end(),
                            [&](const config::CachedImage& image) {
                              return image.reference == each.reference && image.placement &&
                                     covers(*image.placement, *each.placement);
                            }));
  EXPECT_TRUE(placements.contains(R"({"nodeSelector":{"pool":"a"}})")) << "two images want it";
}

TEST(WantedImages, AsManyPlacementsAsThereCanBeStay) {
  EXPECT_EQ(with_wanted(with({}), {for_teams(15)}).placements_too_many, 0U);
}

TEST(WantedImages, WhatManyThousandTolerateIsNotInEachPod) {
  const auto all = with_wanted(with({}), {for_teams(1'000, 20)});
  std::size_t longest = 0;
  for (const auto& image : all.settings.images)
    if (image.placement) longest = std::max(longest, text_of(*image.placement).size());
  EXPECT_LE(longest, 4096U);
  EXPECT_GT(longest, 3900U);
  ASSERT_FALSE(all.left_out.empty());
  EXPECT_NE(all.left_out.back().why.find("no room"), std::string::npos);
  const auto few = with_wanted(with({}), {for_teams(1'000)});
  ASSERT_FALSE(few.left_out.empty());
  EXPECT_NE(few.left_out.front().why.find("more than 64 sets"), std::string::npos);
}

TEST(WantedImages, OfImagesAreNotAskedForAgainWhereTheSettingsSelectAllNodes) {
  EXPECT_EQ(shown(with_wanted(with({app}), {{wanted("reg/app:1", {{"pool", "a"}})}})),
            "app=reg/app:1;");
}

TEST(WantedImages, OfImagesGoToFurtherNodesAndStayWhereTheyAre) {
  auto settings = with({app});
  settings.tolerations = json::parse(R"([{"key": "a", "operator": "Exists"}])");
  WantedImage further = wanted("reg/app:1");
  further.placement = config::Placement{.tolerations = json::parse(R"([{"operator": "Exists"}])")};
  const auto all = with_wanted(settings, {{further}});
  ASSERT_EQ(all.settings.images.size(), 2U);
  EXPECT_FALSE(all.settings.images[0].placement);
  EXPECT_EQ(all.settings.images[1].placement, further.placement);
  EXPECT_EQ(all.settings.images[1].name, "app");
}

TEST(WantedImages, APlacementIsCutToWhatTheSettingsSelect) {
  auto settings = with({app});
  settings.node_selector = {{"pool", "a"}};
  EXPECT_EQ(shown(with_wanted(settings,
                              {{wanted("r/x:1", {{"disk", "ssd"}}), wanted("r/y:1", json::object()),
                                wanted("r/z:1", {{"pool", "b"}})}})),
            "app=reg/app:1;x-1=r/x:1 {\"disk\":\"ssd\",\"pool\":\"a\"};y-1=r/y:1; -r/z:1: it is "
            "for nodes "
            "with pool=\"b\", and NODE_SELECTOR asks for \"a\"");
}

TEST(WantedImages, WhatWouldMakeTheDaemonSetTooLargeIsLeftOutFromTheEnd) {
  std::vector<WantedImage> many;
  for (int i = 0; i < 5000; ++i) many.push_back(wanted(("r/x:" + std::to_string(i)).c_str()));
  const auto all = with_wanted(with({app}), {many});
  EXPECT_GT(all.settings.images.size(), 100U);
  ASSERT_FALSE(all.left_out.empty());
  EXPECT_EQ(all.settings.images.size() + all.left_out.size(), 5001U);
  EXPECT_EQ(all.left_out.back().image, "r/x:4999");
}

TEST(WantedImages, OfOnePlacementAreADaemonSetWithTheNodesOfIt) {
  const auto all =
      with_wanted(with({app}), {{wanted("r/x:1", {{"pool", "a"}}), wanted("r/y:1", {{"pool", "a"}}),
                                 wanted("r/z:1", {{"pool", "b"}})}});
  EXPECT_FALSE(is_one_daemonset(all.settings));
  const auto groups = groups_of(all.settings);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].daemonset_name, "kubernetes-image-puller");
  EXPECT_EQ(groups[0].part_of, "");
  EXPECT_EQ(groups[0].images, std::vector{app});
  EXPECT_TRUE(groups[1].daemonset_name.starts_with("kubernetes-image-puller-a-"))
      << groups[1].daemonset_name;
  EXPECT_EQ(groups[1].part_of, "kubernetes-image-puller");
  EXPECT_EQ(groups[1].node_selector, json({{"pool", "a"}}));
  EXPECT_EQ(groups[1].images.size(), 2U);
  EXPECT_FALSE(groups[1].images[0].placement) << "the settings of the DaemonSet have it";
  EXPECT_EQ(groups[2].node_selector, json({{"pool", "b"}}));
  EXPECT_NE(groups[2].daemonset_name, groups[1].daemonset_name);
}

TEST(WantedImages, AGroupOfSecretsAndOneOfThoseOnOtherNodesAreTwo) {
  auto settings = with_wanted(with({{"t", reference("reg.example/t:1")}}),
                              {{wanted("reg.example/x:1", {{"pool", "a"}})}})
                      .settings;
  settings.scoped_pull_secrets = {{*types::parse_image_pattern("reg.example"), "s"}};
  const auto groups = groups_of(settings);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].daemonset_name, group_name("kubernetes-image-puller", {"s"}));
  for (const auto& group : groups)
    EXPECT_EQ(group.image_pull_secrets, std::vector<std::string>{"s"});
}

TEST(WantedImages, WithoutAnyThereIsOneDaemonSetThatSleeps) {
  const auto groups = groups_of(with_wanted(with({}), {{}}).settings);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].daemonset_name, "kubernetes-image-puller");
  const json made = desired_daemonset(groups[0], {}, new_record(groups[0], testing::noon()), 50);
  EXPECT_EQ(array_at(made, "/spec/template/spec/containers").size(), 1U);
}

TEST(WantedImages, EachPlacementHasRoomForADaemonSetOfItsOwn) {
  std::vector<WantedImage> many;
  for (int i = 0; i < 600; ++i)
    for (const char* pool : {"a", "b"})
      many.push_back(
          wanted(("r/" + std::string(pool) + ":" + std::to_string(i)).c_str(), {{"pool", pool}}));
  const auto all = with_wanted(with({app}), {many});
  EXPECT_TRUE(all.left_out.empty());
  EXPECT_EQ(all.settings.images.size(), 1201U);
}

TEST(WantedImages, NothingThatIsWantedLessIsThereInPlaceOfWhatHasNoRoom) {
  const std::string long_path = std::string(180, 'p') + "/" + std::string(50, 'x');
  bool were_short_ones_left = false;
  for (std::size_t begin = 0; begin < 8; ++begin) {
    std::vector<WantedImage> many;
    for (std::size_t i = 0; i < 1000; ++i) {
      const bool is_short = i < begin || i % 2 == 0;
      many.push_back(
          wanted(((is_short ? "r/x" : "r/" + long_path) + ":" + std::to_string(1000 + i)).c_str()));
    }
    const auto all = with_wanted(with({}), {many});
    const std::size_t taken = all.settings.images.size();
    ASSERT_EQ(taken + all.left_out.size(), many.size());
    for (std::size_t i = taken; i < many.size(); ++i)
      ASSERT_EQ(all.left_out[i - taken].image, many[i].reference.text) << begin;
    were_short_ones_left = were_short_ones_left || all.left_out.size() > 1;
  }
  EXPECT_TRUE(were_short_ones_left);
}

}  // namespace
}  // namespace kip::core
