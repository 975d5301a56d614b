#include "registry/rate_limit.h"

#include <gtest/gtest.h>

namespace kip::registry {
namespace {

using namespace std::chrono_literals;

http::Response answer(int status, http::Headers headers = {},
                      std::optional<std::chrono::seconds> wish = std::nullopt) {
  return {.status = status, .body = "", .headers = std::move(headers), .retry_after = wish};
}

TEST(RateLimit, AnAnswerThatAsksForNothingDelaysNothing) {
  RateLimit limit;
  EXPECT_FALSE(limit.after(answer(200), 0));
  EXPECT_FALSE(limit.after(answer(500), 0));
  EXPECT_FALSE(limit.after(answer(503), 0));
  EXPECT_FALSE(limit.after(answer(200, {{"RateLimit-Remaining", "1;w=21600"}}), 0));
  EXPECT_FALSE(limit.after(answer(200, {{"RateLimit-Remaining", "soon"}}), 0));
}

TEST(RateLimit, ARefusalsWishIsObeyedWithJitterOnTop) {
  RateLimit limit;
  EXPECT_EQ(limit.after(answer(429, {}, 100s), 0), 100s);
  EXPECT_EQ(limit.after(answer(429, {}, 100s), 0.5), 105s);
  EXPECT_EQ(limit.after(answer(429, {}, 0s), 0), 1s);
  EXPECT_EQ(limit.after(answer(429, {}, std::chrono::seconds(4000000000)), 0), 1h);
  EXPECT_EQ(limit.after(answer(503, {}, 7s), 0), 7s);
}

TEST(RateLimit, RefusalsWithoutAWishDoubleTheDelayUntilOneIsLetThrough) {
  RateLimit limit;
  EXPECT_EQ(limit.after(answer(429), 0), 10s);
  EXPECT_EQ(limit.after(answer(429), 0), 20s);
  EXPECT_EQ(limit.after(answer(429), 0), 40s);
  for (int i = 0; i < 50; ++i) (void)limit.after(answer(429), 0);
  EXPECT_EQ(limit.after(answer(429), 0), 15min);
  EXPECT_FALSE(limit.after(answer(200), 0));
  EXPECT_EQ(limit.after(answer(429), 0), 10s);
}

TEST(RateLimit, AChallengeBetweenTwoRefusalsIsNoSuccess) {
  RateLimit limit;
  EXPECT_EQ(limit.after(answer(429), 0), 10s);
  EXPECT_FALSE(limit.after(answer(401), 0));
  EXPECT_EQ(limit.after(answer(429), 0), 20s);
}

TEST(RateLimit, WhereNoneRemainsTheNextWaitsForOneToPass) {
  RateLimit limit;
  EXPECT_EQ(limit.after(answer(200, {{"ratelimit-limit", "100;w=21600"},
                                     {"ratelimit-remaining", "0;w=21600"}}),
                        0),
            216s);
  EXPECT_EQ(limit.after(answer(200, {{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "30"}}), 0),
            30s);
  EXPECT_EQ(limit.after(answer(200, {{"RateLimit-Remaining", "0"}}), 0), 1min);
  EXPECT_EQ(
      limit.after(answer(200, {{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "9999999999999"}}),
                  0),
      1h);
}

}  // namespace
}  // namespace kip::registry
