#include "publish/list_sender.h"

#include <gmock/gmock.h>

#include "testing/fake_scheduler.h"

namespace kip::publish {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListSenderTest : public ::testing::Test {
 protected:
  std::vector<std::string> take() { return std::exchange(sent_, {}); }

  testing::FakeScheduler scheduler_;
  bool is_connected_ = true;
  std::size_t room_ = 100;
  std::vector<std::string> sent_;
  ListSender sender_{scheduler_,
                     {.is_connected = [this] { return is_connected_; },
                      .publish =
                          [this](const std::string& image) {
                            if (room_ == 0 || image == "huge:1") return false;
                            --room_;
                            sent_.push_back(image);
                            return true;
                          }},
                     4min};
};

TEST_F(ListSenderTest, WhatIsNewIsSentAtOnceAndAllOfItEveryFewMinutes) {
  sender_.set_list({"a:1", "b:1"});
  EXPECT_THAT(take(), ElementsAre("a:1", "b:1"));
  sender_.set_list({"c:1", "a:1"});
  EXPECT_THAT(take(), ElementsAre("c:1"));
  scheduler_.advance(4min);
  EXPECT_THAT(take(), ElementsAre("c:1", "a:1"));
  scheduler_.advance(4min);
  EXPECT_THAT(take(), ElementsAre("c:1", "a:1"));
}

TEST_F(ListSenderTest, NothingIsKeptForAServerThatIsAwayAndAllIsSentWhenItIsBack) {
  is_connected_ = false;
  sender_.set_list({"a:1"});
  sender_.set_list({"a:1", "b:1"});
  scheduler_.advance(10min);
  EXPECT_THAT(take(), IsEmpty());
  is_connected_ = true;
  sender_.on_connected();
  EXPECT_THAT(take(), ElementsAre("a:1", "b:1"));
}

TEST_F(ListSenderTest, ASlowServerIsWaitedForAndGetsWhatIsStillOnTheList) {
  room_ = 1;
  sender_.set_list({"a:1", "b:1", "c:1"});
  EXPECT_THAT(take(), ElementsAre("a:1"));
  sender_.set_list({"a:1", "c:1"});
  room_ = 100;
  scheduler_.advance(1s);
  EXPECT_THAT(take(), ElementsAre("c:1"));
}

TEST_F(ListSenderTest, AnImageThatIsNeverTakenHoldsUpNoOtherForLong) {
  sender_.set_list({"huge:1", "a:1"});
  EXPECT_THAT(take(), IsEmpty());
  scheduler_.advance(11s);
  EXPECT_THAT(take(), ElementsAre("a:1"));
  EXPECT_EQ(sender_.sent(), 1U);
}

}  // namespace
}  // namespace kip::publish
