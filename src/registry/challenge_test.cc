#include "registry/challenge.h"

#include <gtest/gtest.h>

namespace kip::registry {
namespace {

TEST(Challenge, ABearerChallengeHasRealmServiceAndScope) {
  const auto all = parse_challenges(
      R"(Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull,push")");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].scheme, "bearer");
  EXPECT_EQ(all[0].parameter("realm"), "https://auth.test/token");
  EXPECT_EQ(all[0].parameter("SERVICE"), "registry.test");
  EXPECT_EQ(all[0].parameter("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(all[0].parameter("error"), "");
}

TEST(Challenge, SeveralInOneHeaderAreToldApart) {
  const auto all =
      parse_challenges(R"(Negotiate, BASIC realm="a, Bearer realm=\"b\"" ,,Bearer realm=c)");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], (Challenge{"negotiate", {}}));
  EXPECT_EQ(all[1], (Challenge{"basic", {{"realm", R"(a, Bearer realm="b")"}}}));
  EXPECT_EQ(all[2], (Challenge{"bearer", {{"realm", "c"}}}));
}

TEST(Challenge, TheFirstOfTwoParametersCounts) {
  const auto all = parse_challenges(R"(Bearer realm="https://a.test", realm="https://evil.test")");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].parameter("realm"), "https://a.test");
}

TEST(Challenge, SpacesAroundEverythingAreTaken) {
  const auto all = parse_challenges("  Bearer\trealm = \"x\" , service = y  ");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].parameter("realm"), "x");
  EXPECT_EQ(all[0].parameter("service"), "y");
}

TEST(Challenge, WhatIsNoChallengeEndsTheReading) {
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges(" ,\t, ").empty());
  EXPECT_TRUE(parse_challenges("\"Bearer\"").empty());
  const auto cut = parse_challenges(R"(Bearer realm="https://a.test",service="never closed)");
  ASSERT_GE(cut.size(), 1U);
  EXPECT_EQ(cut[0].parameter("realm"), "https://a.test");
  EXPECT_EQ(cut[0].parameter("service"), "");
}

}  // namespace
}  // namespace kip::registry
