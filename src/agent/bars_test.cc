#include "agent/bars.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::uint64_t mib = 1 << 20;

TotalProgress two_of_three() {
  return {.images = 3,
          .ended = 1,
          .done = 30 * mib,
          .total = 60 * mib,
          .rate = 3 * mib,
          .under_way = {{"r.test/a:1", {15 * mib, 30 * mib}}, {"r.test/b:1", {}}}};
}

TEST(Bars, HaveOneLineForEachImageAndOneForAll) {
  EXPECT_THAT(
      bars(two_of_three(), 80),
      ElementsAre(
          "r.test/a:1    [============>            ] 15 MiB of 30 MiB",
          "r.test/b:1    [                         ] ...",
          "1 of 3 images [============>            ] 30 MiB of 60 MiB, 3.0 MiB/s, 10s left"));
}

TEST(Bars, WhatIsUnpackedHasNoTimeLeft) {
  auto progress = two_of_three();
  progress.done = progress.total;
  EXPECT_THAT(bars(progress, 80).back(), EndsWith("60 MiB of 60 MiB, 3.0 MiB/s"));
}

TEST(Bars, FitIntoEveryTerminal) {
  auto progress = two_of_three();
  progress.under_way[0].image = "registry.test/" + std::string(300, 'x') + ":1";
  for (const std::size_t width : {0UL, 10UL, 20UL, 40UL, 60UL, 80UL, 200UL, 1000UL})
    for (const auto& line : bars(progress, width))
      EXPECT_LT(line.size(), std::max(width, 20UL)) << width << ": " << line;
  EXPECT_THAT(bars(progress, 80)[0], HasSubstr("xx:1 ["));
}

TEST(Bars, OfManyImagesSomeAreShown) {
  auto progress = two_of_three();
  for (int i = 0; i < 100; ++i) progress.under_way.push_back({std::to_string(i), {}});
  const auto lines = bars(progress, 80);
  EXPECT_EQ(lines.size(), 11U);
  EXPECT_THAT(lines.back(), HasSubstr("102 under way"));
}

TEST(Left, IsNotKnownWithoutARate) {
  auto progress = two_of_three();
  EXPECT_EQ(progress.left(), std::chrono::seconds(10));
  progress.rate = 0;
  EXPECT_EQ(progress.left(), std::nullopt);
  progress.rate = 1e-9;
  EXPECT_GT(*progress.left(), std::chrono::hours(1));
}

}  // namespace
}  // namespace kip::agent
