#include "types/node_count.h"

#include <gtest/gtest.h>

namespace kip::types {
namespace {

TEST(NodeCount, IsAPositiveNumberOrAPercentage) {
  EXPECT_EQ(NodeCount::parse("050")->text(), "50");
  EXPECT_EQ(NodeCount::parse("100%")->text(), "100%");
  EXPECT_EQ(NodeCount::parse("2147483647")->text(), "2147483647");
  for (const auto* bad : {"", "0", "-1", "+1", "0%", "101%", "%", "1%%", "1.5", "2147483648", "x"})
    EXPECT_FALSE(NodeCount::parse(bad).ok()) << bad;
}

TEST(NodeCount, APercentageIsRoundedUp) {
  EXPECT_EQ(NodeCount::parse("1%")->of(5), 1U);
  EXPECT_EQ(NodeCount::parse("10%")->of(1000), 100U);
  EXPECT_EQ(NodeCount::parse("100%")->of(0), 0U);
  EXPECT_EQ(NodeCount(50).of(5), 50U);
}

TEST(NodeCount, IsInJsonWhatTheApiHas) {
  for (const json& value : {json(50), json("10%"), json(0), json("200%")})
    EXPECT_EQ(NodeCount::from_json(value).to_json(), value);
  for (const json& none : {json(), json(-1), json("10"), json(1.5), json::array(), json(1LL << 40)})
    EXPECT_EQ(NodeCount::from_json(none), NodeCount(0)) << none;
}

}  // namespace
}  // namespace kip::types
