#include "discovery/gathering.h"

#include <gtest/gtest.h>

namespace kip::discovery {
namespace {

using namespace std::chrono_literals;
constexpr SteadyTime start{1h};

TEST(Gathering, TellsABurstOnce) {
  Gathering gathering(30s);
  EXPECT_FALSE(gathering.due());
  gathering.changed(start, false);
  gathering.changed(start + 20s, false);
  EXPECT_EQ(gathering.due(), start + 30s);
  gathering.told(start + 30s);
  EXPECT_FALSE(gathering.due());
}

TEST(Gathering, DoesNotKeepARolloutWaiting) {
  Gathering gathering(30s);
  gathering.changed(start, false);
  gathering.changed(start + 1s, true);
  EXPECT_EQ(gathering.due(), start + 1s);
  gathering.told(start + 1s);
  gathering.changed(start + 2s, true);
  EXPECT_EQ(gathering.due(), start + 6s) << "a second one soon after";
  gathering.told(start + 6s);
  gathering.changed(start + 60s, true);
  EXPECT_EQ(gathering.due(), start + 60s);
}

TEST(Gathering, NeverMakesAnUrgentChangeWaitLongerThanAnyOther) {
  Gathering gathering(1s);
  gathering.changed(start, true);
  gathering.told(start);
  gathering.changed(start, true);
  EXPECT_EQ(gathering.due(), start + 1s);
}

}  // namespace
}  // namespace kip::discovery
