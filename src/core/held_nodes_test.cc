#include "core/held_nodes.h"

#include <gtest/gtest.h>

#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using testing::noon;

TEST(HeldNodes, APodThatFailsAndIsMadeAnewAgainAndAgainStaysOne) {
  HeldNodes nodes;
  for (Duration time = 0s; time < 10min; time += 20s) {
    nodes.see({{"n1", true}}, noon() + time);
    nodes.see({}, noon() + time + 1s);
    EXPECT_EQ(nodes.count(), 1U);
    EXPECT_EQ(nodes.places(), 1U);
  }
}

TEST(HeldNodes, IsForgottenAMinuteAfterItWasLastHeld) {
  HeldNodes nodes;
  nodes.see({{"n1", true}, {"n2", false}}, noon());
  EXPECT_EQ(nodes.count(), 2U);
  EXPECT_EQ(nodes.places(), 1U);
  EXPECT_EQ(nodes.next(), std::nullopt);
  nodes.see({{"n2", false}}, noon() + 10s);
  EXPECT_EQ(nodes.next(), noon() + 60s);
  nodes.see({{"n2", false}}, noon() + 60s);
  EXPECT_EQ(nodes.count(), 1U);
  EXPECT_EQ(nodes.places(), 0U);
  EXPECT_EQ(nodes.next(), std::nullopt);
}

TEST(HeldNodes, APlaceIsForgottenThoughTheNodeIsStillHeld) {
  HeldNodes nodes;
  nodes.see({{"n1", true}}, noon());
  nodes.see({{"n1", false}}, noon() + 30s);
  EXPECT_EQ(nodes.places(), 1U);
  EXPECT_EQ(nodes.next(), noon() + 60s);
  nodes.see({{"n1", false}}, noon() + 60s);
  EXPECT_EQ(nodes.places(), 0U);
  EXPECT_EQ(nodes.count(), 1U);
}

TEST(HeldNodes, AClockThatIsSetBackKeepsNothingForLong) {
  HeldNodes nodes;
  nodes.see({{"n1", true}}, noon());
  nodes.see({}, noon() - 24h);
  nodes.see({}, noon() - 24h + 1min);
  EXPECT_EQ(nodes.count(), 0U);
}

}  // namespace
}  // namespace kip::core
