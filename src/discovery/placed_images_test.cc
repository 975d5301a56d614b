#include "discovery/placed_images.h"

#include <gtest/gtest.h>

namespace kip::discovery {
namespace {

using config::DiscoverPlacement;

config::Placement on(const std::string& disk) {
  config::Placement placement;
  placement.node_selector["disk"] = disk;
  return placement;
}

TEST(PlacedImages, GoToAllNodesUnlessMatchingOnesAreAskedFor) {
  const std::vector<FoundImage> found = {{"a:1", {on("ssd"), on("hdd")}}, {"b:1", {}}};
  const auto all = placed_images(found, DiscoverPlacement::all).images;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_FALSE(all[0].placement);
  const auto matching = placed_images(found, DiscoverPlacement::matching).images;
  ASSERT_EQ(matching.size(), 3U);
  EXPECT_EQ(matching[0].placement, on("ssd"));
  EXPECT_EQ(matching[1].reference.text, "a:1");
  EXPECT_EQ(matching[1].placement, on("hdd"));
  EXPECT_FALSE(matching[2].placement) << "nobody knows where";
}

TEST(PlacedImages, HaveFewPlacementsThoseOfMostImages) {
  std::vector<FoundImage> found;
  for (int i = 0; i < 10; ++i) found.push_back({"a:" + std::to_string(i), {on(std::to_string(i))}});
  found.push_back({"b:1", {on("9")}});
  const auto placed = placed_images(found, DiscoverPlacement::matching);
  EXPECT_EQ(placed.placements_too_many, 2U);
  ASSERT_EQ(placed.images.size(), 11U);
  EXPECT_EQ(placed.images[9].placement, on("9")) << "of two images";
  EXPECT_FALSE(placed.images[8].placement) << "the last of those of one";
}

}  // namespace
}  // namespace kip::discovery
