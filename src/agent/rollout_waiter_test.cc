#include "agent/rollout_waiter.h"

#include <gmock/gmock.h>

#include "testing/fake_api.h"
#include "testing/fake_scheduler.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* path = "/apis/apps/v1/namespaces/n/daemonsets/prepull";

class RolloutWaiterTest : public ::testing::Test {
 protected:
  void put(int ready) {
    api.put(path, {{"metadata", {{"name", "prepull"}, {"namespace", "n"}, {"generation", 1}}},
                   {"spec", {{"selector", {{"matchLabels", {{"name", "prepull"}}}}}}},
                   {"status",
                    {{"observedGeneration", 1},
                     {"desiredNumberScheduled", 2},
                     {"updatedNumberScheduled", 2},
                     {"numberReady", ready}}}});
  }
  void start() {
    ::testing::internal::CaptureStderr();
    waiter.start(1min, [this](bool complete) { ended.push_back(complete); });
  }
  kip::testing::FakeScheduler scheduler;
  kip::testing::FakeApi api{scheduler};
  RolloutWaiter waiter{api, scheduler, "n", "prepull"};
  std::vector<bool> ended;
};

TEST_F(RolloutWaiterTest, EndsWhenEachNodeIsReady) {
  put(1);
  start();
  scheduler.advance(30s);
  EXPECT_TRUE(ended.empty());
  put(2);
  scheduler.advance(3s);
  EXPECT_EQ(ended, std::vector<bool>{true});
  scheduler.advance(2min);
  EXPECT_EQ(ended.size(), 1U);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("ready=1 nodes=2"));
}

TEST_F(RolloutWaiterTest, NamesWhatIsInTheWayWhenTheTimeIsOver) {
  put(1);
  const json end = {
      {"exitCode", 1},
      {"message", R"({"failures":[{"image":"a:1","kind":"not found","message":"gone"}]})"}};
  api.put(
      "/api/v1/namespaces/n/pods/prepull-x",
      {{"metadata", {{"name", "prepull-x"}}},
       {"spec", {{"nodeName", "n2"}}},
       {"status",
        {{"initContainerStatuses", {{{"name", "prepull"}, {"state", {{"terminated", end}}}}}}}}});
  start();
  scheduler.advance(2min);
  EXPECT_EQ(ended, std::vector<bool>{false});
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("n2: a:1: not found: gone"));
  EXPECT_THAT(api.full_paths.at("GET /api/v1/namespaces/n/pods"),
              HasSubstr("labelSelector=name%3Dprepull"));
}

TEST_F(RolloutWaiterTest, WaitsForADaemonSetThatItMayNotReadYet) {
  api.failures.insert_or_assign(std::string("GET ") + path, kip::testing::status(403));
  start();
  scheduler.advance(10s);
  put(2);
  api.failures.clear();
  scheduler.advance(3s);
  EXPECT_EQ(ended, std::vector<bool>{true});
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("cannot read the DaemonSet"), log.rfind("cannot read the DaemonSet"))
      << "said once: " << log;
}

TEST_F(RolloutWaiterTest, EndsInTimeThoughNobodyAnswers) {
  api.failures.insert_or_assign(std::string("GET ") + path, kip::testing::status(503));
  start();
  scheduler.advance(61s);
  EXPECT_EQ(ended, std::vector<bool>{false});
  ::testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace kip::agent
