#include "agent/follow_pages.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FollowPages, AFailedPullIsToldAndDoesNotEndTheAgent) {
  const FollowState state{.totals = {.failed = 1, .last_failure = "a:1: \"no\""}};
  EXPECT_EQ(follow_page("/", state).status, 200);
  EXPECT_EQ(follow_page("/", state).body, R"({"bool":true,"msg":""})");
  EXPECT_EQ(follow_page("/healthz", state).status, 200);
  EXPECT_EQ(follow_page("/readyz", state).status, 200);
  EXPECT_EQ(follow_page("/last-pull", state).status, 500);
  EXPECT_EQ(follow_page("/last-pull", state).body, R"({"bool":false,"msg":"a:1: \"no\""})");
}

TEST(FollowPages, WhatCannotWorkIsNotReadyAndLives) {
  const FollowState state{.trouble = "no container runtime answers"};
  EXPECT_EQ(follow_page("/readyz", state).status, 500);
  EXPECT_THAT(follow_page("/readyz", state).body, HasSubstr("no container runtime"));
  EXPECT_EQ(follow_page("/", state).status, 200);
  EXPECT_EQ(follow_page("/last-pull", state).status, 200);
}

TEST(FollowPages, NumbersAreAsPrometheusReadsThem) {
  FollowState state{.totals = {.pulled = 3, .failed = 1}, .counts = {.there = 2}};
  EXPECT_THAT(follow_page("/metrics", state).body,
              HasSubstr("image_puller_agent_pulls_total{result=\"pulled\"} 3\n"));
  EXPECT_THAT(follow_page("/metrics", state).body, Not(HasSubstr("nats")));
  state.uses_nats = true;
  state.messages = 7;
  state.bad_messages = 2;
  EXPECT_THAT(follow_page("/metrics", state).body,
              HasSubstr("image_puller_agent_messages_total{kind=\"image\"} 5\n"));
}

}  // namespace
}  // namespace kip::agent
