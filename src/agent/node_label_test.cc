#include "agent/node_label.h"

#include <gmock/gmock.h>

#include "testing/fake_api.h"
#include "testing/fake_scheduler.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;

constexpr const char* request = "PATCH /api/v1/nodes/n1";

class NodeLabelerTest : public ::testing::Test {
 protected:
  void set(bool succeeded) {
    labeler.set("mine", succeeded, [this] { ++ended; });
  }
  kip::testing::FakeScheduler scheduler;
  kip::testing::FakeApi api{scheduler};
  NodeLabeler labeler{api, scheduler, "n1"};
  int ended = 0;
};

TEST_F(NodeLabelerTest, TheNodeSaysHowItWent) {
  api.failures.insert_or_assign(request, http::Response{200, "{}"});
  set(true);
  scheduler.advance(1s);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(
      api.bodies(request).at(0),
      json::parse(R"({"metadata":{"labels":{"image-prefetcher.stackrox.io/mine":"succeeded"}}})"));
}

TEST_F(NodeLabelerTest, AnApiServerThatIsAwayIsAskedAgain) {
  api.failures.insert_or_assign(request, http::Response{503, "{}"});
  set(false);
  scheduler.advance(2s);
  EXPECT_EQ(ended, 0);
  api.failures.insert_or_assign(request, http::Response{200, "{}"});
  scheduler.advance(10s);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(api.bodies(request).back()["metadata"]["labels"].begin().value(), "failed");
}

TEST_F(NodeLabelerTest, WhatIsForbiddenOrNeverComesHoldsThePodNoLongerThanHalfAMinute) {
  for (const int status : {403, 503}) {
    ended = 0;
    api.failures.insert_or_assign(request, kip::testing::status(status));
    set(true);
    scheduler.advance(31s);
    EXPECT_EQ(ended, 1) << status;
  }
}

}  // namespace
}  // namespace kip::agent
