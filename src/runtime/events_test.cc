#include "runtime/events.h"

#include <gtest/gtest.h>

#include "core/testing/settings.h"
#include "runtime/testing/fake_api.h"

namespace kip::runtime {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;

const std::string post = "POST /api/v1/namespaces/images/events";
const json object = {{"metadata", {{"name", "d"}, {"uid", "u"}}}};

TEST(Events, AnEventNamesTheObjectTheReasonAndTheMessage) {
  const json event =
      make_event(object, "images", "Absent", "creating it", false, core::testing::noon());
  EXPECT_EQ(string_at(event, "/involvedObject/kind"), "DaemonSet");
  EXPECT_EQ(string_at(event, "/involvedObject/uid"), "u");
  EXPECT_EQ(string_at(event, "/reason"), "Absent");
  EXPECT_EQ(string_at(event, "/type"), "Normal");
  EXPECT_EQ(string_at(event, "/firstTimestamp"), "2026-01-31T12:00:00Z");
}

TEST(Events, TwoAtOnceAreBothTold) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  Events events{api, scheduler, "images"};
  events.tell(object, "First", "m", false);
  events.tell(object, "Second", "m", true);
  scheduler.advance(100ms);
  EXPECT_EQ(api.count(post), 2U);
}

TEST(Events, WithoutThePermissionTheyAreTurnedOff) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  api.failures.emplace(post, testing::status(403));
  Events events{api, scheduler, "images"};
  for (int i = 0; i < 500; ++i) {
    events.tell(object, "R", "m", false);
    scheduler.advance(100ms);
  }
  EXPECT_LE(api.count(post), 2U);
}

TEST(Events, AFloodOfNewsIsNotAFloodOfRequests) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  Events events{api, scheduler, "images"};
  for (int i = 0; i < 500; ++i) {
    events.tell(object, "R", "m", false);
    scheduler.advance(10ms);
  }
  EXPECT_LE(api.count(post), 30U);
}

}  // namespace
}  // namespace kip::runtime
