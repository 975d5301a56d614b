#include "agent/follow_queue.h"

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

types::ImageReference image(const std::string& text) { return *types::parse_image_reference(text); }

class FollowQueueTest : public ::testing::Test {
 protected:
  bool hear(const std::string& text) { return queue_.hear(image(text), now_); }
  std::vector<std::string> begin() {
    std::vector<std::string> texts;
    for (const auto& each : queue_.begin(now_)) texts.push_back(each.text);
    return texts;
  }
  void pulled(const std::string& text) { queue_.on_pulled(image(text), "id-of-" + text, now_); }
  Duration failed(const std::string& text, Kind kind, double random = 0) {
    return queue_.on_failed(image(text), {kind, "why"}, now_, random) - now_;
  }

  SteadyTime now_{1h};
  FollowQueue queue_{{.parallelism = 2, .most = 5}};
};

TEST_F(FollowQueueTest, WhatIsHeardIsPulledSoManyAtOnce) {
  for (const char* text : {"c:1", "b:1", "a:1"}) {
    EXPECT_TRUE(hear(text));
    now_ += 1ms;
  }
  EXPECT_THAT(begin(), ElementsAre("c:1", "b:1"));
  EXPECT_THAT(begin(), IsEmpty());
  EXPECT_EQ(queue_.next_time(), std::nullopt);
  pulled("b:1");
  EXPECT_THAT(begin(), ElementsAre("a:1"));
  EXPECT_EQ(queue_.counts(), (FollowQueue::Counts{.there = 1, .pulling = 2}));
}

TEST_F(FollowQueueTest, WhatIsThereIsAskedForAgainAfterAWhileAndWhenItIsHeardOf) {
  hear("nginx:1.21");
  begin();
  EXPECT_FALSE(hear("docker.io/library/nginx:1.21")) << "the same, and under way";
  pulled("nginx:1.21");
  now_ += 59min;
  EXPECT_FALSE(hear("nginx:1.21"));
  now_ += 1min;
  EXPECT_THAT(begin(), IsEmpty());
  EXPECT_TRUE(hear("nginx:1.21"));
  EXPECT_THAT(begin(), ElementsAre("nginx:1.21"));
}

TEST_F(FollowQueueTest, AFailureHasABackOffOfItsOwnThatHearingDoesNotShorten) {
  hear("bad:1");
  begin();
  EXPECT_EQ(failed("bad:1", Kind::not_found), 10s);
  EXPECT_FALSE(hear("bad:1"));
  EXPECT_THAT(begin(), IsEmpty());
  now_ += 10s;
  hear("new:1");
  EXPECT_THAT(begin(), ElementsAre("new:1", "bad:1")) << "what was not tried yet goes first";
  EXPECT_EQ(failed("bad:1", Kind::other, 1.0), 25s);
  EXPECT_EQ(queue_.counts().failing, 1U);
  for (int i = 0; i < 20; ++i) {
    now_ += 1h;
    begin();
    EXPECT_LE(failed("bad:1", Kind::other), 10min);
  }
  now_ += 10min;
  EXPECT_THAT(begin(), ElementsAre("bad:1"));
  pulled("bad:1");
  EXPECT_EQ(queue_.counts().failing, 0U);
}

TEST_F(FollowQueueTest, ALimitIsTheRegistrysAndARuntimeThatIsGoneSaysNothingOfAnImage) {
  for (const char* text : {"a:1", "b:1", "c:1", "quay.io/d:1"}) hear(text);
  begin();
  EXPECT_EQ(failed("a:1", Kind::rate_limited), 1min);
  EXPECT_THAT(begin(), ElementsAre("quay.io/d:1"));
  EXPECT_EQ(failed("quay.io/d:1", Kind::runtime_gone), 2s);
  EXPECT_EQ(queue_.counts().failing, 1U);
}

TEST_F(FollowQueueTest, AListTakesTheImagesOfTheOneBeforeAway) {
  EXPECT_TRUE(queue_.set_list({image("a:1"), image("b:1")}, now_));
  EXPECT_FALSE(queue_.set_list({image("b:1"), image("a:1")}, now_));
  begin();
  pulled("a:1");
  hear("a:1");
  failed("b:1", Kind::not_found);
  EXPECT_TRUE(queue_.set_list({image("c:1")}, now_));
  EXPECT_EQ(queue_.counts(), (FollowQueue::Counts{.there = 1, .waiting = 1}))
      << "a:1 was also heard of";
  EXPECT_FALSE(queue_.are_all_tried());
  begin();
  pulled("c:1");
  EXPECT_TRUE(queue_.are_all_tried());
  EXPECT_THAT(queue_.ids(), ElementsAre("id-of-a:1", "id-of-c:1"));
}

TEST_F(FollowQueueTest, WhatHasFailedWasTriedButNotByARuntimeThatIsGone) {
  hear("a:1");
  begin();
  EXPECT_FALSE(queue_.are_all_tried());
  failed("a:1", Kind::runtime_gone);
  EXPECT_FALSE(queue_.are_all_tried());
  now_ += 1min;
  begin();
  failed("a:1", Kind::not_found);
  EXPECT_TRUE(queue_.are_all_tried());
  EXPECT_THAT(queue_.without_id(), ElementsAre(image("a:1")));
}

TEST_F(FollowQueueTest, WhatIsNotHeardOfForLongIsForgottenAndOnAListItIsNot) {
  hear("a:1");
  queue_.set_list({image("b:1")}, now_);
  now_ += 23h;
  queue_.forget(now_);
  EXPECT_EQ(queue_.counts().waiting, 2U);
  now_ += 1h;
  queue_.forget(now_);
  EXPECT_THAT(begin(), ElementsAre("b:1"));
}

TEST_F(FollowQueueTest, PastTheMostThoseGoThatWereNotHeardOfForLongest) {
  for (const char* text : {"a:1", "b:1", "c:1", "d:1", "e:1"}) {
    hear(text);
    now_ += 1s;
  }
  hear("a:1");
  now_ += 1s;
  hear("f:1");
  EXPECT_EQ(queue_.counts().waiting, 5U);
  EXPECT_TRUE(hear("b:1")) << "it was forgotten";
}

}  // namespace
}  // namespace kip::agent
