#include "kube/retry_delay.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace kip::kube {
namespace {

using namespace std::chrono_literals;

const http::Error failure{ErrorKind::transient, "503"};
const http::Error silence{ErrorKind::unreachable, "refused"};

TEST(RetryDelay, TheLimitDoublesFromAFifthOfASecondToThirty) {
  RetryDelay delay;
  EXPECT_EQ(delay.after(failure, 0.5), 100ms);
  EXPECT_EQ(delay.after(failure, 0.5), 200ms);
  EXPECT_EQ(delay.after(failure, 0.5), 400ms);
  for (int i = 0; i < 20; ++i) (void)delay.after(failure, 0.5);
  EXPECT_EQ(delay.after(failure, 0.5), 15s);
  delay.reset();
  EXPECT_EQ(delay.after(failure, 0.5), 100ms);
}

TEST(RetryDelay, JitterIsOverTheWholeRangeButNeverASpin) {
  RetryDelay delay;
  EXPECT_EQ(delay.after(failure, 0.0), 20ms);
}

TEST(RetryDelay, AServerThatIsNotThereIsAskedAgainWithinHalfASecond) {
  RetryDelay delay;
  for (int i = 0; i < 50; ++i) EXPECT_LT(delay.after(silence, 0.999), 500ms);
}

TEST(RetryDelay, AServerThatCameBackIsAskedAgainSoonThoughItsFirstAnswersAreErrors) {
  RetryDelay delay;
  for (int i = 0; i < 20; ++i) (void)delay.after(failure, 0.5);
  (void)delay.after(silence, 0.5);
  EXPECT_EQ(delay.after(failure, 0.5), 100ms);
}

http::Error busy(std::chrono::seconds wish) { return {ErrorKind::transient, "429", 429, wish}; }

TEST(RetryDelay, RetryAfterIsTheLeastWithinReason) {
  EXPECT_EQ(RetryDelay().after(busy(7s), 0.0), 7s);
  EXPECT_EQ(RetryDelay().after(busy(0s), 0.0), 1s);
  EXPECT_EQ(RetryDelay().after(busy(86400s), 0.0), 300s);
}

TEST(RetryDelay, AThousandClientsWithTheSameRetryAfterDoNotComeBackInTheSameSecond) {
  constexpr int clients = 1000;
  std::vector<RetryDelay> all(clients);
  for (const std::chrono::seconds spread : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    std::map<Duration, int> in_a_tenth;
    for (int i = 0; i < clients; ++i) {
      const Duration wait = all[static_cast<std::size_t>(i)].after(busy(1s), (i + 0.5) / clients);
      EXPECT_GE(wait, 1s);
      EXPECT_LT(wait, 1s + spread);
      ++in_a_tenth[wait / 100ms * 100ms];
    }
    for (const auto& [when, count] : in_a_tenth) EXPECT_LE(count, 100 / spread.count() + 1);
  }
}

TEST(RetryDelay, AGoodAnswerBringsTheNextRetryAfterBackToLittleJitter) {
  RetryDelay delay;
  for (int i = 0; i < 9; ++i) (void)delay.after(busy(1s), 0.5);
  EXPECT_EQ(delay.after(busy(1s), 0.5), 16s);
  delay.reset();
  EXPECT_EQ(delay.after(busy(1s), 0.5), 1500ms);
}

const http::Error forbidden{ErrorKind::permanent, "403", 403};

TEST(RetryDelay, AForbiddenIsAskedAgainSoonUntilItIsBelievedAndThenRarely) {
  RetryDelay delay(2);
  EXPECT_EQ(delay.after(forbidden, 0.5), 1s);
  EXPECT_FALSE(delay.is_forbidden());
  EXPECT_EQ(delay.after(forbidden, 0.5), 10min);
  EXPECT_TRUE(delay.is_forbidden());
  EXPECT_EQ(delay.after(forbidden, 0.5), 20min);
  for (int i = 0; i < 9; ++i) (void)delay.after(forbidden, 0.5);
  EXPECT_EQ(delay.after(forbidden, 0.5), 1h);
  delay.reset();
  EXPECT_FALSE(delay.is_forbidden());
}

TEST(RetryDelay, WhereNothingWorksWithoutItAForbiddenIsAnErrorLikeOthers) {
  RetryDelay delay;
  EXPECT_EQ(delay.after(forbidden, 0.5), 100ms);
  EXPECT_FALSE(delay.is_forbidden());
}

TEST(RetryDelay, WhatEverythingWaitsForIsAskedEachSecondWhileTheServerIsAway) {
  RetryDelay delay;
  const http::Error away{ErrorKind::transient, "503", 503}, busy_now = busy(9s);
  for (int i = 0; i < 9; ++i) EXPECT_LE(delay.soon_after(away, 0.999), 1s);
  EXPECT_GE(delay.soon_after(busy_now, 0.5), 9s);
}

}  // namespace
}  // namespace kip::kube
