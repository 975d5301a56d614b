#include "base/time.h"

#include <gtest/gtest.h>

namespace kip {
namespace {

using namespace std::chrono_literals;

TEST(Time, ATimestampOfKubernetesIsReadAndWrittenUnchanged) {
  for (const char* text : {"2026-01-31T23:59:59Z", "1970-01-01T00:00:00Z", "2024-02-29T12:00:00Z"})
    EXPECT_EQ(to_rfc3339(from_rfc3339(text).value()), text);
}

TEST(Time, FractionsOfASecondAreDropped) {
  EXPECT_EQ(from_rfc3339("2026-01-31T23:59:59.123456Z"), from_rfc3339("2026-01-31T23:59:59Z"));
}

TEST(Time, WhatIsNoTimestampIsRefused) {
  for (const char* text :
       {"", "now", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T23:59:59", "2026-01-31T23:59:59+01:00", "2026-01-31T23:59:59.Z",
        "2026-01-31T23:59:5xZ", "2026-01-31 23:59:59Z", "-026-01-31T23:59:59Z"})
    EXPECT_FALSE(from_rfc3339(text)) << text;
}

TEST(Time, DurationsAreWrittenAsPeopleSayThem) {
  EXPECT_EQ(to_text(0ms), "0ms");
  EXPECT_EQ(to_text(250ms), "250ms");
  EXPECT_EQ(to_text(45s), "45s");
  EXPECT_EQ(to_text(1590ms), "1.5s");
  EXPECT_EQ(to_text(60900ms), "1m");
  EXPECT_EQ(to_text(1h), "1h");
  EXPECT_EQ(to_text(90min), "1h30m");
  EXPECT_EQ(to_text(-90s), "-1m30s");
}

TEST(Time, DurationsAreReadAsGoReadsThem) {
  EXPECT_EQ(*parse_go_duration("1h15m30.918s"), 1h + 15min + 30918ms);
  EXPECT_EQ(*parse_go_duration("0"), 0ms);
  EXPECT_EQ(*parse_go_duration("-1.5s"), -1500ms);
  for (const char* text : {"", "5", "5 s", "1d", "s"}) {
    ASSERT_FALSE(parse_go_duration(text)) << text;
  }
  EXPECT_EQ(parse_go_duration("1d").error().message,
            "\"1d\" is not a duration; expected one such as 30s, 5m or 1h30m");
}

}  // namespace
}  // namespace kip
