#include "core/refresh.h"

#include <gtest/gtest.h>

#include "core/names.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using testing::noon;

json daemonset(const std::string& refreshed, const std::string& created,
               const std::string& uid = "u") {
  json object = {{"metadata", {{"uid", uid}, {"creationTimestamp", created}}}};
  if (!refreshed.empty())
    object["spec"]["template"]["metadata"]["annotations"][refreshed_at] = refreshed;
  return object;
}

TEST(Schedule, TheAnnotationCountsThenTheCreation) {
  EXPECT_EQ(last_refresh(daemonset("2026-01-31T11:00:00Z", "2026-01-01T00:00:00Z"), noon()),
            noon() - 1h);
  EXPECT_EQ(last_refresh(daemonset("", "2026-01-31T10:00:00Z"), noon()), noon() - 2h);
  EXPECT_EQ(last_refresh(daemonset("yesterday", "2026-01-31T10:00:00Z"), noon()), noon() - 2h);
}

TEST(Schedule, ATimeInTheFutureCountsAsLongAgo) {
  EXPECT_EQ(last_refresh(daemonset("2026-01-31T12:04:00Z", ""), noon()), noon() + 4min);
  EXPECT_EQ(last_refresh(daemonset("2026-01-31T12:06:00Z", ""), noon()), WallTime{});
  EXPECT_EQ(last_refresh(json::object(), noon()), WallTime{});
}

TEST(Schedule, TheNextRefreshIsWithinATenthOfTheInterval) {
  WallTime least = WallTime::max(), most = WallTime::min();
  for (int i = 0; i < 500; ++i) {
    const auto object = daemonset("2026-01-31T12:00:00Z", "", "uid-" + std::to_string(i));
    const WallTime next = next_refresh(object, 1h, noon());
    EXPECT_EQ(next, next_refresh(object, 1h, noon()));
    least = std::min(least, next);
    most = std::max(most, next);
  }
  EXPECT_GE(least, noon() + 54min);
  EXPECT_LE(most, noon() + 66min);
  EXPECT_GT(most - least, 11min);  // spread over the whole range
}

}  // namespace
}  // namespace kip::core
