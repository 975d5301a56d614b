#include "core/surge.h"

#include <gtest/gtest.h>

namespace kip::core {
namespace {

struct Case {
  json configured, observed;
  std::size_t nodes, blocked;
  json expected;
};

TEST(MaxSurge, IsDoubledWhileNodesThatCannotPullTakeEveryPlace) {
  const Case cases[] = {
      {50, 50, 1000, 0, 50},            // nothing is wrong
      {50, 50, 1000, 49, 50},           // one place is left
      {50, 50, 1000, 50, 100},          // none is left
      {50, 100, 1000, 99, 100},         // the doubled limit stays while there is trouble
      {50, 100, 1000, 100, 200},        //
      {50, 800, 1000, 900, 1000},       // never more than there are nodes
      {50, 1000, 1000, 1000, 1000},     //
      {50, 400, 1000, 0, 50},           // and goes back
      {50, 50, 20, 20, 50},             // all nodes pull at once anyway
      {"10%", "10%", 1000, 100, 200},   //
      {"10%", "10%", 1000, 99, "10%"},  //
      {"1%", "1%", 5, 1, 2},            // percentages round up
      {50, nullptr, 1000, 60, 50},      // a DaemonSet of the Go version has none
      {100, 50, 1000, 60, 100},         // the setting was raised
      {50, 50, 0, 3, 50},               // no nodes known yet
  };
  for (const auto& c : cases)
    EXPECT_EQ(max_surge(c.configured, c.observed, c.nodes, c.blocked), c.expected)
        << c.configured << " " << c.observed << " " << c.nodes << " " << c.blocked;
}

}  // namespace
}  // namespace kip::core
