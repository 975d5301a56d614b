#include "kube/backoff.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace kip::kube {
namespace {

using namespace std::chrono_literals;

const Error failure{ErrorKind::transient, "503"};
const Error silence{ErrorKind::unreachable, "refused"};

TEST(Backoff, TheLimitDoublesFromAFifthOfASecondToThirty) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(failure, 0.5), 100ms);
  EXPECT_EQ(backoff.next(failure, 0.5), 200ms);
  EXPECT_EQ(backoff.next(failure, 0.5), 400ms);
  for (int i = 0; i < 20; ++i) (void)backoff.next(failure, 0.5);
  EXPECT_EQ(backoff.next(failure, 0.5), 15s);
  backoff.reset();
  EXPECT_EQ(backoff.next(failure, 0.5), 100ms);
}

TEST(Backoff, JitterIsOverTheWholeRangeButNeverASpin) {
  Backoff backoff;
  EXPECT_EQ(backoff.next(failure, 0.0), 20ms);
}

TEST(Backoff, AServerThatIsNotThereIsAskedAgainWithinHalfASecond) {
  Backoff backoff;
  for (int i = 0; i < 50; ++i) EXPECT_LT(backoff.next(silence, 0.999), 500ms);
}

TEST(Backoff, AServerThatCameBackIsAskedAgainSoonThoughItsFirstAnswersAreErrors) {
  Backoff backoff;
  for (int i = 0; i < 20; ++i) (void)backoff.next(failure, 0.5);
  (void)backoff.next(silence, 0.5);
  EXPECT_EQ(backoff.next(failure, 0.5), 100ms);
}

Error busy(std::chrono::seconds wish) { return {ErrorKind::transient, "429", 429, wish}; }

TEST(Backoff, RetryAfterIsTheLeastWithinReason) {
  EXPECT_EQ(Backoff().next(busy(7s), 0.0), 7s);
  EXPECT_EQ(Backoff().next(busy(0s), 0.0), 1s);
  EXPECT_EQ(Backoff().next(busy(86400s), 0.0), 300s);
}

TEST(Backoff, AThousandClientsWithTheSameRetryAfterDoNotComeBackInTheSameSecond) {
  constexpr int clients = 1000;
  std::vector<Backoff> all(clients);
  for (const std::chrono::seconds spread : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    std::map<Duration, int> in_a_tenth;
    for (int i = 0; i < clients; ++i) {
      const Duration wait = all[static_cast<std::size_t>(i)].next(busy(1s), (i + 0.5) / clients);
      EXPECT_GE(wait, 1s);
      EXPECT_LT(wait, 1s + spread);
      ++in_a_tenth[wait / 100ms * 100ms];
    }
    for (const auto& [when, count] : in_a_tenth) EXPECT_LE(count, 100 / spread.count() + 1);
  }
}

TEST(Backoff, AGoodAnswerBringsTheNextRetryAfterBackToLittleJitter) {
  Backoff backoff;
  for (int i = 0; i < 9; ++i) (void)backoff.next(busy(1s), 0.5);
  EXPECT_EQ(backoff.next(busy(1s), 0.5), 16s);
  backoff.reset();
  EXPECT_EQ(backoff.next(busy(1s), 0.5), 1500ms);
}

}  // namespace
}  // namespace kip::kube
