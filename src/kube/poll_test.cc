#include "kube/poll.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "testing/fake_scheduler.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;

const http::Error away{ErrorKind::unreachable, "refused"};
const http::Error broken{ErrorKind::transient, "500 Internal Server Error", 500};
const http::Error forbidden{ErrorKind::permanent, "403 Forbidden", 403};
const http::Error missing{ErrorKind::permanent, "404 Not Found", 404};

class PollTest : public ::testing::Test {
 protected:
  // Answers what `answers` say, one after the other, and the last for ever.
  HandlePtr send(const Client::Done& done) {
    asked.push_back(scheduler.now());
    const std::size_t i = std::min(asked.size(), answers.size()) - 1;
    return scheduler.after(1ms, [done, answer = answers[i]] { done(answer); });
  }
  void ask(Poll& poll) {
    poll.ask([this](const Client::Done& done) { return send(done); },
             [this](const Answer& answer) { answered.push_back(answer); });
  }

  testing::FakeScheduler scheduler;
  std::vector<Answer> answers, answered;
  std::vector<SteadyTime> asked;
};

TEST_F(PollTest, AsksUntilThereIsAnObject) {
  answers = {away, broken, json{{"a", 1}}};
  int failures = 0;
  Poll poll(scheduler,
            {.trouble = "cannot", .on_failure = [&](const http::Error&) { ++failures; }});
  ask(poll);
  EXPECT_TRUE(poll.is_busy());
  scheduler.advance(2s);
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_EQ((*answered[0])["a"], 1);
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(asked.size(), 3U);
  EXPECT_FALSE(poll.is_busy());
}

TEST_F(PollTest, ThatThereIsNoneIsAnAnswer) {
  answers = {missing};
  Poll poll(scheduler, {.trouble = "cannot"});
  ask(poll);
  scheduler.advance(1s);
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_TRUE(is_not_found(answered[0].error()));
}

TEST_F(PollTest, AForbiddenIsAnAnswerOnceItIsBelievedAndAskedAgainRarely) {
  answers = {forbidden};
  int failures = 0;
  Poll poll(scheduler, {.trouble = "cannot",
                        .forbidden_tries = 2,
                        .on_failure = [&](const http::Error&) { ++failures; }});
  ask(poll);
  scheduler.advance(500ms);
  EXPECT_TRUE(answered.empty());
  EXPECT_EQ(failures, 0) << "one that is not yet believed is nothing to tell";
  scheduler.advance(1s);
  ASSERT_EQ(answered.size(), 1U);
  answers.insert(answers.end(), {forbidden, broken, forbidden});
  poll.ask_again();
  scheduler.advance(9min);
  EXPECT_EQ(asked.size(), 2U);
  scheduler.advance(2min);
  EXPECT_EQ(asked.size(), 4U);  // what is no 403 is no answer
  EXPECT_EQ(answered.size(), 2U);
  EXPECT_TRUE(is_forbidden(answered[1].error()));
}

TEST_F(PollTest, WhereAForbiddenIsNoAnswerItIsAnErrorLikeOthers) {
  answers = {forbidden, json::object()};
  Poll poll(scheduler, {.trouble = "cannot"});
  ask(poll);
  scheduler.advance(1s);
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_TRUE(answered[0].ok());
}

TEST_F(PollTest, AConflictIsAnAnswerToAWriteAndAnErrorElsewhere) {
  const http::Error conflict{ErrorKind::permanent, "409 Conflict", 409};
  answers = {conflict, json::object()};
  Poll poll(scheduler, {.trouble = "cannot"});
  ask(poll);
  scheduler.advance(1s);
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_TRUE(answered[0].ok());

  asked.clear();
  poll.ask_to_write([this](const Client::Done& done) { return send(done); },
                    [this](const Answer& answer) { answered.push_back(answer); });
  scheduler.advance(1s);
  ASSERT_EQ(answered.size(), 2U);
  EXPECT_TRUE(is_conflict(answered[1].error()));
}

TEST_F(PollTest, WhatIsDoneWithAnAnswerMayAskSomethingElse) {
  answers = {json{{"a", 1}}, json{{"a", 2}}};
  Poll poll(scheduler, {.trouble = "cannot"});
  poll.ask([this](const Client::Done& done) { return send(done); },
           [&](const Answer&) { ask(poll); });
  scheduler.advance(1s);
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_EQ((*answered[0])["a"], 2);
}

TEST_F(PollTest, AfterItsEndNothingComes) {
  answers = {away};
  std::optional<Poll> poll;
  poll.emplace(scheduler, Poll::Options{.trouble = "cannot"});
  ask(*poll);
  scheduler.advance(100ms);
  const auto before = asked.size();
  poll.reset();
  scheduler.advance(10s);
  EXPECT_EQ(asked.size(), before);
}

TEST_F(PollTest, WhatNeedNotBeAskedAnyMoreEndsIt) {
  answers = {away};
  bool is_needed = true;
  Poll poll(scheduler, {.trouble = "cannot"});
  const auto send_if_needed = [&](const Client::Done& done) -> HandlePtr {
    if (!is_needed) return nullptr;
    return send(done);
  };
  poll.ask(send_if_needed, [this](const Answer& answer) { answered.push_back(answer); });
  scheduler.advance(5ms);
  is_needed = false;
  scheduler.advance(10s);
  EXPECT_FALSE(poll.is_busy());
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_TRUE(answered.empty());
}

TEST_F(PollTest, ThatThereIsNoneIsNoFailureOfTheServer) {
  answers = {missing, missing, missing, missing, missing, missing, broken, json::object()};
  Poll poll(scheduler, {.trouble = "cannot"});
  for (int i = 0; i < 7; ++i) {
    ask(poll);
    scheduler.advance(1ms);
  }
  scheduler.advance(210ms);
  EXPECT_EQ(asked.size(), 8U) << "the first failure is waited for the least";
}

}  // namespace
}  // namespace kip::kube
