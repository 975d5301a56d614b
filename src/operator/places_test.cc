#include "operator/places.h"

#include <gtest/gtest.h>

#include "testing/fake_scheduler.h"

namespace kip::operators {
namespace {

class PlacesTest : public ::testing::Test {
 protected:
  std::unique_ptr<Places::Place> take(const std::string& name) {
    return places.take(scheduler, [this, name] { told += name; });
  }
  void turn() { scheduler.advance(Duration::zero()); }

  testing::FakeScheduler scheduler;
  Places places{1};
  std::string told;
};

TEST_F(PlacesTest, TheFirstGetsItAtOnceAndTheNextWhenItIsFree) {
  auto first = take("1");
  auto second = take("2"), third = take("3");
  EXPECT_TRUE(first->is_granted());
  EXPECT_FALSE(second->is_granted());
  first.reset();
  EXPECT_EQ(told, "") << "from the loop, not from inside";
  turn();
  EXPECT_EQ(told, "2");
  EXPECT_TRUE(second->is_granted());
  EXPECT_FALSE(third->is_granted());
  second.reset();
  turn();
  EXPECT_EQ(told, "23");
  third.reset();
  EXPECT_TRUE(take("4")->is_granted());
}

TEST_F(PlacesTest, WhoWaitsNoMoreIsPassedOver) {
  auto first = take("1"), second = take("2"), third = take("3");
  second.reset();
  first.reset();
  turn();
  EXPECT_EQ(told, "3");
}

TEST_F(PlacesTest, OneThatIsGrantedAndGivenUpBeforeItIsToldGoesOn) {
  auto first = take("1"), second = take("2"), third = take("3");
  first.reset();
  second.reset();
  turn();
  EXPECT_EQ(told, "3");
}

}  // namespace
}  // namespace kip::operators
