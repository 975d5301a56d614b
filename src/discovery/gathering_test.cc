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

TEST(Gathering, KeepsChangesSomeSecondsApartHoweverShortItGathers) {
  Gathering gathering(0s);
  gathering.told(start);
  gathering.changed(start + 1s, false);
  EXPECT_EQ(gathering.due(), start + 1s) << "there was nothing to tell before";
  gathering.told(start + 1s);
  gathering.changed(start + 2s, false);
  EXPECT_EQ(gathering.due(), start + 6s);
  gathering.changed(start + 3s, true);
  EXPECT_EQ(gathering.due(), start + 6s);
  gathering.told(start + 6s);
  gathering.changed(start + 7s, true);
  EXPECT_EQ(gathering.due(), start + 11s);
}

}  // namespace
}  // namespace kip::discovery
