#include "base/backoff.h"

#include <gtest/gtest.h>

namespace kip {
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

TEST(Backoff, RetryAfterIsHonouredWithinReason) {
  Backoff backoff;
  EXPECT_EQ(backoff.next({ErrorKind::transient, "429", 429, 7s}, 0.5), 7s);
  EXPECT_EQ(backoff.next({ErrorKind::transient, "429", 429, 0s}, 0.5), 1s);
  EXPECT_EQ(backoff.next({ErrorKind::transient, "429", 429, 86400s}, 0.5), 300s);
}

}  // namespace
}  // namespace kip
