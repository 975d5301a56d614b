#include "core/surge.h"

#include <gtest/gtest.h>

namespace kip::core {
namespace {

using types::NodeCount;

struct Case {
  json configured, observed;
  std::size_t nodes, held;
  json expected;
};

void expect(std::initializer_list<Case> cases) {
  for (const auto& c : cases)
    EXPECT_EQ(max_surge(NodeCount::from_json(c.configured), NodeCount::from_json(c.observed),
                        c.nodes, c.held)
                  .to_json(),
              c.expected)
        << c.configured << " " << c.observed << " " << c.nodes << " " << c.held;
}

TEST(MaxSurge, IsRaisedByThePlacesThatAreHeldWhereFewAreLeft) {
  expect({
      {50, 50, 1000, 0, 50},            // nothing is wrong
      {50, 50, 1000, 25, 50},           // half of the places are left
      {50, 50, 1000, 26, 76},           // fewer
      {50, 50, 1000, 49, 99},           //
      {50, 76, 1000, 51, 76},           // half of the configured number is left again
      {50, 76, 1000, 52, 102},          //
      {50, 50, 1000, 970, 1000},        // never more than there are nodes
      {50, 1000, 1000, 1000, 1000},     //
      {50, 50, 20, 20, 50},             // all nodes pull at once anyway
      {"10%", "10%", 1000, 51, 151},    //
      {"10%", "10%", 1000, 50, "10%"},  //
      {"1%", "1%", 5, 1, 2},            // percentages round up
      {50, nullptr, 1000, 10, 50},      // a DaemonSet of the Go version has none
      {50, nullptr, 1000, 60, 110},     //
      {100, 50, 1000, 40, 100},         // the setting was raised
      {40, 50, 1000, 3, 40},            // the setting was lowered
      {50, 50, 0, 3, 50},               // no nodes known yet
  });
}

TEST(MaxSurge, ForAnOnlyPlaceThatAFullNodeHoldsThereIsAnother) {
  expect({{1, 1, 4, 1, 2}, {1, 2, 4, 1, 2}, {1, 2, 4, 2, 3}, {1, 3, 4, 0, 1}, {2, 2, 9, 1, 2}});
}

TEST(MaxSurge, IsLoweredWhenTheNeedIsGone) {
  expect({
      {50, 150, 1000, 80, 150},  // 70 are free
      {50, 150, 1000, 75, 125},  // 75 are
      {50, 76, 1000, 13, 76},    //
      {50, 76, 1000, 12, 50},    // exactly what is configured, long before none is held
      {50, 400, 1000, 0, 50},    //
      {"10%", 151, 1000, 0, "10%"},
  });
}

TEST(MaxSurge, LeavesTheConfiguredNumberToThoseThatPullWhateverTheOrder) {
  NodeCount observed = 50;
  int writes = 0;
  std::size_t held = 0;
  for (const int step : {7, 30, -12, 300, 100, -9, -1, 9, 1, -200, 50, -150, -125}) {
    held += static_cast<std::size_t>(step);
    const NodeCount next = max_surge(50, observed, 1000, held);
    if (next != observed) ++writes;
    observed = next;
    EXPECT_EQ(max_surge(50, observed, 1000, held), observed);  // it is not written twice
    const auto free = observed.of(1000) - held;
    EXPECT_GE(free, 25U) << held;
    EXPECT_LE(free, 75U) << held;
  }
  EXPECT_EQ(observed, NodeCount(50));
  EXPECT_LE(writes, 7);
}

}  // namespace
}  // namespace kip::core
