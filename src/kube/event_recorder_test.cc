#include "kube/event_recorder.h"

#include <gtest/gtest.h>

#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;

const std::string post = "POST /api/v1/namespaces/images/events";
const json object = {{"metadata", {{"name", "d"}, {"uid", "u"}}}};

TEST(Events, AnEventNamesTheObjectTheReasonAndTheMessage) {
  const json event =
      make_event(object, "images", "Absent", "creating it", false, testing::noon(), 0.5);
  EXPECT_EQ(string_at(event, "/involvedObject/kind"), "DaemonSet");
  EXPECT_EQ(string_at(event, "/involvedObject/uid"), "u");
  EXPECT_EQ(string_at(event, "/reason"), "Absent");
  EXPECT_EQ(string_at(event, "/type"), "Normal");
  EXPECT_EQ(string_at(event, "/firstTimestamp"), "2026-01-31T12:00:00Z");
}

TEST(Events, EachHasANameOfItsOwnSoThatOneThatComesTwiceIsNotTwo) {
  const auto name = [](const std::string& of, WallTime now, double random) {
    const json about = {{"metadata", {{"name", of}}}};
    const json event = make_event(about, "images", "R", "m", false, now, random);
    EXPECT_FALSE(has(event, "/metadata/generateName"));
    return string_at(event, "/metadata/name");
  };
  const auto now = testing::noon();
  EXPECT_TRUE(name("d", now, 0.5).starts_with("d."));
  EXPECT_NE(name("d", now, 0.5), name("d", now, 0.6));
  EXPECT_NE(name("d", now, 0.5), name("d", now + 1ms, 0.5));
  const std::string longest = name(std::string(199, 'x') + "-" + std::string(53, 'y'), now, 0.5);
  EXPECT_LE(longest.size(), 253U);
  EXPECT_EQ(longest.find("-."), std::string::npos);  // no DNS subdomain
}

TEST(Events, OneThatIsThereAlreadyCountsAsTold) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  api.failures.emplace(post, testing::status(409));
  EventRecorder events{api, scheduler, "images"};
  events.tell(object, "R", "m", false);
  events.tell(object, "R2", "m", false);
  scheduler.advance(100ms);
  EXPECT_EQ(api.count(post), 2U);
}

TEST(Events, TwoAtOnceAreBothTold) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  EventRecorder events{api, scheduler, "images"};
  events.tell(object, "First", "m", false);
  events.tell(object, "Second", "m", true);
  scheduler.advance(100ms);
  EXPECT_EQ(api.count(post), 2U);
}

TEST(Events, WithoutThePermissionTheyAreTurnedOff) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  api.failures.emplace(post, testing::status(403));
  EventRecorder events{api, scheduler, "images"};
  for (int i = 0; i < 500; ++i) {
    events.tell(object, "R", "m", false);
    scheduler.advance(100ms);
  }
  EXPECT_LE(api.count(post), 2U);
}

TEST(Events, AFloodOfNewsIsNotAFloodOfRequests) {
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  EventRecorder events{api, scheduler, "images"};
  for (int i = 0; i < 500; ++i) {
    events.tell(object, "R", "m", false);
    scheduler.advance(10ms);
  }
  EXPECT_LE(api.count(post), 30U);
}

TEST(MakeEvent, AnEventOfANodeIsInANamespaceAndTheNodeIsNot) {
  const json node = {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", {{"name", "n1"}}}};
  const json event = make_event(node, "default", "R", "m", true, WallTime{}, 0.5);
  EXPECT_EQ(string_at(event, "/metadata/namespace"), "default");
  EXPECT_FALSE(event["involvedObject"].contains("namespace"));
}

}  // namespace
}  // namespace kip::kube
