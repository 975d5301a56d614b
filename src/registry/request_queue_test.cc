#include "registry/request_queue.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "testing/fake_scheduler.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;

class RequestQueueTest : public ::testing::Test {
 protected:
  HandlePtr wait(int number) {
    return queue_->wait([this, number] { begun_.push_back(number); });
  }
  void refuse(std::chrono::seconds wish) {
    queue_->answered({.status = 429, .body = "", .retry_after = wish});
  }

  testing::FakeScheduler scheduler_;  // whose chance is 0.5
  std::optional<RequestQueue> queue_{scheduler_};
  std::vector<int> begun_;
};

TEST_F(RequestQueueTest, OneAfterTheOtherHasItsTurn) {
  auto first = wait(1), second = wait(2), third = wait(3);
  EXPECT_TRUE(begun_.empty()) << "not from inside the call";
  scheduler_.advance(1s);
  EXPECT_EQ(begun_, (std::vector{1}));
  first.reset();
  EXPECT_EQ(begun_.size(), 1U);
  scheduler_.advance(0s);
  EXPECT_EQ(begun_, (std::vector{1, 2}));
  second.reset();
  scheduler_.advance(0s);
  EXPECT_EQ(begun_, (std::vector{1, 2, 3}));
}

TEST_F(RequestQueueTest, WhoGivesUpItsPlaceIsPassedOver) {
  auto first = wait(1), second = wait(2), third = wait(3);
  scheduler_.advance(0s);
  second.reset();
  first.reset();
  scheduler_.advance(0s);
  EXPECT_EQ(begun_, (std::vector{1, 3}));
}

TEST_F(RequestQueueTest, ALimitDelaysAllThatComeAfterIt) {
  auto first = wait(1), second = wait(2);
  scheduler_.advance(0s);
  refuse(100s);
  first.reset();
  EXPECT_EQ(queue_->delay(), 105s);
  scheduler_.advance(104s);
  EXPECT_EQ(begun_, (std::vector{1}));
  scheduler_.advance(1s);
  EXPECT_EQ(begun_, (std::vector{1, 2}));
  EXPECT_EQ(queue_->delay(), 0s);
}

TEST_F(RequestQueueTest, ALimitThatComesWhileOneWaitsForALimitDelaysItFurther) {
  auto first = wait(1), second = wait(2);
  scheduler_.advance(0s);
  refuse(10s);
  first.reset();
  scheduler_.advance(5s);
  refuse(100s);
  scheduler_.advance(50s);
  EXPECT_EQ(begun_, (std::vector{1}));
  scheduler_.advance(60s);
  EXPECT_EQ(begun_, (std::vector{1, 2}));
}

TEST_F(RequestQueueTest, ATurnMayOutliveTheQueueAndEndItselfWhenItBegins) {
  HandlePtr handle;
  handle = queue_->wait([&] {
    begun_.push_back(1);
    handle.reset();
  });
  queue_.reset();
  scheduler_.advance(1s);
  EXPECT_EQ(begun_, (std::vector{1}));
}

}  // namespace
}  // namespace kip::registry
