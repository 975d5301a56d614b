#include "agent/pull_plan.h"

#include <gmock/gmock.h>

#include "testing/settings.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using State = PullPlan::Image::State;
using kip::testing::reference;

constexpr SteadyTime start{1h};

std::vector<PullPlan::Wanted> images(std::size_t n, std::size_t credentials = 1) {
  std::vector<PullPlan::Wanted> wanted;
  for (std::size_t i = 0; i < n; ++i)
    wanted.push_back({reference("r.test/i:" + std::to_string(i)), credentials});
  return wanted;
}

std::vector<std::size_t> begun(PullPlan& plan, SteadyTime now) {
  std::vector<std::size_t> list;
  for (const auto& attempt : plan.begin(now)) list.push_back(attempt.image);
  return list;
}

// Lets each attempt end so, at once, until the plan is over; the times of the attempts.
std::vector<Duration> until_over(PullPlan& plan, const runtime::Failure& failure) {
  std::vector<Duration> times;
  SteadyTime now = start;
  while (!plan.is_over()) {
    for (const auto& attempt : plan.begin(now)) {
      times.push_back(now - start);
      plan.on_failed(attempt.image, failure, now, 0);
    }
    if (const auto next = plan.next_time()) now = std::max(now, *next);
  }
  return times;
}

TEST(PullPlan, NoMoreThanSoManyArePulledAtOnce) {
  PullPlan plan(images(5), {.parallelism = 2}, start);
  EXPECT_THAT(begun(plan, start), ::testing::ElementsAre(0, 1));
  EXPECT_THAT(begun(plan, start), ::testing::IsEmpty());
  plan.on_pulled(1);
  EXPECT_THAT(begun(plan, start), ::testing::ElementsAre(2));
}

TEST(PullPlan, WhereNoMoreMayBeginNothingIsDueBeforeTheEnd) {
  PullPlan plan(images(3), {.parallelism = 2}, start);
  plan.begin(start);
  EXPECT_EQ(plan.next_time(), plan.end());
  plan.on_pulled(0);
  EXPECT_EQ(plan.next_time(), start);
}

TEST(PullPlan, AnImageThatTheListHasTwiceIsPulledOnceAtATime) {
  auto wanted = images(2);
  wanted.push_back(wanted[0]);
  PullPlan plan(wanted, {}, start);
  EXPECT_THAT(begun(plan, start), ::testing::ElementsAre(0, 1));
  EXPECT_EQ(plan.next_time(), plan.end());
  plan.on_pulled(0);
  EXPECT_EQ(plan.next_time(), start);
  EXPECT_THAT(begun(plan, start), ::testing::ElementsAre(2));
  PullPlan both({wanted[0], wanted[0]}, {}, start);
  EXPECT_THAT(begun(both, start), ::testing::ElementsAre(0));
}

TEST(PullPlan, CredentialsAreTriedInTurnAndTheFirstSuccessEnds) {
  PullPlan plan(images(1, 3), {}, start);
  EXPECT_EQ(plan.begin(start)[0].credential, 0U);
  plan.on_failed(0, {Kind::unauthorized, "first"}, start, 0);
  EXPECT_EQ(plan.begin(start)[0].credential, 1U);
  plan.on_pulled(0);
  EXPECT_TRUE(plan.is_over());
  EXPECT_EQ(plan.images()[0].attempts, 2);
  EXPECT_FALSE(plan.images()[0].failure);
}

TEST(PullPlan, AWrongCredentialAfterAMissingImageDoesNotHideThatItIsMissing) {
  PullPlan plan(images(1, 2), {}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::not_found, "no such tag"}, start, 0);
  plan.begin(start);
  plan.on_failed(0, {Kind::unauthorized, "no"}, start, 0);
  EXPECT_EQ(plan.images()[0].failure->message, "no such tag");
}

TEST(PullPlan, OtherCredentialsAreNotTriedWhereTheyCannotHelp) {
  PullPlan plan(images(1, 2), {}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::network, "down"}, start, 0);
  EXPECT_TRUE(plan.begin(start).empty());
  EXPECT_EQ(plan.next_time(), start + 1s);
  EXPECT_EQ(plan.begin(start + 1s)[0].credential, 0U);
}

TEST(PullPlan, AMissingImageFailsAfterThreeRoundsAndNotAtTheOverallTimeout) {
  PullPlan plan(images(1), {}, start);
  EXPECT_THAT(until_over(plan, {Kind::not_found, "x"}), ::testing::ElementsAre(0s, 10s, 30s));
  EXPECT_EQ(plan.images()[0].state, State::failed);
  EXPECT_EQ(plan.images()[0].attempts, 3);
}

TEST(PullPlan, AReferenceThatTheRuntimeDoesNotTakeIsAskedForOnce) {
  PullPlan plan(images(1), {}, start);
  EXPECT_EQ(until_over(plan, {Kind::reference, "x"}).size(), 1U);
}

TEST(PullPlan, ARegistryThatIsDownIsAskedWithDoublingDelaysUntilTheOverallTimeout) {
  PullPlan plan(images(1), {.longest_delay = 1min, .overall = 3min}, start);
  EXPECT_THAT(until_over(plan, {Kind::network, "x"}),
              ::testing::ElementsAre(0s, 1s, 3s, 7s, 15s, 31s, 63s, 123s));
}

TEST(PullPlan, ADelayNeverPassesTheOverallTimeout) {
  PullPlan plan(images(1), {.first_delay = 5min, .overall = 4min}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::network, "x"}, start, 0);
  EXPECT_TRUE(plan.is_over());
}

TEST(PullPlan, ALimitHoldsForAllImagesOfItsRegistry) {
  auto wanted = images(2);
  wanted.push_back({reference("other.test/a:1"), 1});
  PullPlan plan(wanted, {.parallelism = 1}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::rate_limited, "x", 90s}, start, 0);
  EXPECT_THAT(begun(plan, start), ::testing::ElementsAre(2));
  plan.on_pulled(2);
  EXPECT_EQ(plan.next_time(), start + 90s);
  EXPECT_TRUE(plan.begin(start + 89s).empty());
  EXPECT_FALSE(plan.begin(start + 90s).empty());
}

TEST(PullPlan, ALimitThatDoesNotSayForHowLongIsWaitedOutForAMinute) {
  PullPlan plan(images(1), {}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::rate_limited, "x"}, start, 0);
  EXPECT_EQ(plan.next_time(), start + 1min);
}

TEST(PullPlan, ARuntimeThatIsGoneCostsNoImageARound) {
  PullPlan plan(images(2), {.overall = 10s}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::runtime_gone, "x"}, start, 0);
  plan.on_failed(1, {Kind::runtime_gone, "x"}, start, 0);
  EXPECT_EQ(plan.next_time(), start + 2s);
  EXPECT_EQ(plan.begin(start + 2s).size(), 2U);
  EXPECT_EQ(plan.images()[0].rounds, 0);
}

TEST(PullPlan, TheTimeOfAnAttemptDoublesAfterATimeoutUpToTheLongestAndTheOverallOne) {
  PullPlan plan(images(1), {.first_timeout = 30s, .longest_timeout = 50s, .overall = 2min}, start);
  EXPECT_EQ(plan.begin(start)[0].patience, 30s);
  plan.on_failed(0, {Kind::timeout, "x"}, start + 30s, 0);
  EXPECT_EQ(plan.begin(start + 31s)[0].patience, 50s);
  plan.on_failed(0, {Kind::timeout, "x"}, start + 81s, 0);
  EXPECT_EQ(plan.begin(start + 83s)[0].patience, 37s);
}

TEST(PullPlan, AFirstTimeThatIsAboveTheLongestStays) {
  PullPlan plan(images(1), {.first_timeout = 10min, .longest_timeout = 5min}, start);
  EXPECT_EQ(plan.begin(start)[0].patience, 10min);
  plan.on_failed(0, {Kind::timeout, "x"}, start + 1min, 0);
  EXPECT_EQ(plan.begin(start + 2min)[0].patience, 10min);
}

TEST(PullPlan, WhatHasFailedHoldsUpNothingThatWasNotTried) {
  PullPlan plan(images(3), {.parallelism = 1}, start);
  plan.begin(start);
  plan.on_failed(0, {Kind::network, "x"}, start, 0);
  EXPECT_THAT(begun(plan, start + 1min), ::testing::ElementsAre(1));
}

TEST(PullPlan, WhatWasNotBegunInTimeFails) {
  PullPlan plan(images(2), {.overall = 1min, .parallelism = 1}, start);
  plan.begin(start);
  plan.on_pulled(0);
  plan.begin(start + 1min);
  EXPECT_TRUE(plan.is_over());
  EXPECT_THAT(plan.images()[1].failure->message, ::testing::HasSubstr("1m"));
}

TEST(PullPlan, NothingToPullIsOverAtOnce) {
  PullPlan plan({}, {}, start);
  EXPECT_TRUE(plan.is_over());
  EXPECT_FALSE(plan.next_time());
}

}  // namespace
}  // namespace kip::agent
