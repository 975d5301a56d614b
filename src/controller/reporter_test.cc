#include "controller/reporter.h"

#include <gtest/gtest.h>

#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;
using testing::noon;

class ReporterTest : public ::testing::Test {
 protected:
  // What was told at that time: the messages of the log, and the notes of Events.
  std::string tell(const core::Failures& failures, Duration time) {
    ::testing::internal::CaptureStderr();
    reporter.on_failures(failures, daemonset, noon() + time);
    const std::string log = ::testing::internal::GetCapturedStderr();
    std::string told;
    for (std::size_t from = log.find("msg="); from != std::string::npos;
         from = log.find("msg=", from + 1))
      told += log.substr(from, log.find('\n', from) - from) + "\n";
    return told;
  }
  static core::Failures full(std::vector<std::string> nodes) {
    return {{}, {{"Unschedulable", "Insufficient cpu.", std::move(nodes)}}};
  }
  static core::Failures missing(std::vector<std::string> nodes,
                                std::string reason = "ErrImagePull") {
    return {{{"a", "reg/a:1", true, std::move(reason), "not found", std::move(nodes)}}, {}};
  }
  static std::vector<std::string> nodes(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back("n" + std::to_string(100 + i));
    return names;
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  kube::EventRecorder events{api, scheduler, "images"};
  Reporter reporter{events, "images", "puller"};
  const json daemonset = {{"metadata", {{"name", "d"}, {"uid", "u"}}}};
};

TEST_F(ReporterTest, AFullNodeIsToldOnceByNameAndCauseAndWhenItIsOver) {
  EXPECT_EQ(tell(full({"n1"}), 0s),
            "msg=\"a node cannot take new images\" reason=Unschedulable nodes=1 on=n1 "
            "error=\"Insufficient cpu.\" daemonset=puller namespace=images\n");
  scheduler.advance(1s);
  EXPECT_EQ(string_at(api.last_body, "/reason"), "PodNotRunning");
  EXPECT_EQ(string_at(api.last_body, "/type"), "Warning");
  EXPECT_EQ(string_at(api.last_body, "/message"), "n1: Unschedulable: Insufficient cpu.");
  EXPECT_EQ(tell(full({"n1"}), 5h), "");
  EXPECT_EQ(
      tell({}, 6h),
      "msg=\"no node reports trouble of this kind any more\" reason=Unschedulable nodes=1 on=n1 "
      "daemonset=puller namespace=images\n");
  EXPECT_EQ(tell({}, 7h), "");
}

TEST_F(ReporterTest, AHundredNodesThatFallOutTogetherAreTwoLines) {
  EXPECT_NE(tell(full(nodes(1)), 0s), "");
  for (int i = 2; i < 100; ++i) EXPECT_EQ(tell(full(nodes(i)), i * 50ms), "");
  EXPECT_EQ(reporter.requeue_at(), noon() + 10s);
  EXPECT_EQ(tell(full(nodes(100)), 10s),
            "msg=\"a node cannot take new images\" reason=Unschedulable nodes=100 "
            "on=\"n101,n102,n103,n104,n105,…\" error=\"Insufficient cpu.\" daemonset=puller "
            "namespace=images\n");
  EXPECT_EQ(reporter.requeue_at(), std::nullopt);
}

TEST_F(ReporterTest, OneMoreAmongManyIsNamedWithinAMinute) {
  tell(full(nodes(10)), 0s);
  EXPECT_EQ(tell(full(nodes(11)), 1s), "");
  EXPECT_EQ(reporter.requeue_at(), noon() + 60s);
  EXPECT_NE(tell(full(nodes(11)), 60s).find("nodes=11 on=n110 "), std::string::npos);
}

TEST_F(ReporterTest, ANodeInThePlaceOfAnotherIsNamed) {
  tell(full({"n1"}), 0s);
  EXPECT_EQ(tell(full({"n2"}), 5s), "");  // as many as before
  EXPECT_NE(tell(full({"n2"}), 60s).find("nodes=1 on=n2 "), std::string::npos);
}

TEST_F(ReporterTest, WhatComesAndGoesIsToldOnceInAMinute) {
  int lines = 0;
  for (int second = 0; second < 600; second += 5)
    if (!tell(second % 10 == 0 ? full({"n1"}) : core::Failures{}, second * 1s).empty()) ++lines;
  EXPECT_LE(lines, 20);  // that it begins, and that it ended
}

TEST_F(ReporterTest, WhatCameBackWithinAMinuteAndStaysIsToldAfterIt) {
  tell(full({"n1"}), 0s);
  tell({}, 10s);
  EXPECT_EQ(tell(full({"n1"}), 20s), "");
  EXPECT_EQ(reporter.requeue_at(), noon() + 60s);
  EXPECT_NE(tell(full({"n1"}), 60s), "");
}

TEST_F(ReporterTest, AnImageThatFailsIsToldAgainWhenItHasDoubledWhateverTheKubeletCallsIt) {
  EXPECT_NE(tell(missing(nodes(1)), 0s), "");
  EXPECT_EQ(tell(missing(nodes(1), "ImagePullBackOff"), 1s), "");
  EXPECT_NE(tell(missing(nodes(2)), 2s), "");
  EXPECT_EQ(tell(missing(nodes(3)), 3s), "");
  EXPECT_NE(tell(missing(nodes(4)), 4s), "");
  EXPECT_NE(tell({}, 5s).find("no node reports trouble with an image any more"), std::string::npos);
}

TEST_F(ReporterTest, ThatEveryNodeIsWarmIsToldOnceForEachGenerationAndNumberOfNodes) {
  const auto told = [this](int generation, const core::Rollout& rollout, SteadyTime now) {
    json object = daemonset;
    object["metadata"]["generation"] = generation;
    ::testing::internal::CaptureStderr();
    reporter.on_rollout(rollout, object, now);
    const std::string log = ::testing::internal::GetCapturedStderr();
    return log.empty() ? log : log.substr(log.find("msg="));
  };
  const SteadyTime begin{};
  const core::Rollout warm{.is_observed = true, .desired = 2, .updated = 2, .ready = 2};
  core::Rollout pulling = warm, unseen = warm, wider = warm;
  pulling.ready = 1;
  unseen.is_observed = false;
  wider.desired = wider.updated = wider.ready = 3;
  EXPECT_EQ(told(1, pulling, begin), "");
  EXPECT_EQ(told(1, warm, begin + 90s),
            "msg=\"every image is on every node\" images=0 nodes=2 after=1m30s daemonset=puller "
            "namespace=images\n");
  EXPECT_EQ(told(1, warm, begin + 91s), "");
  EXPECT_EQ(told(1, pulling, begin + 92s), "");
  EXPECT_EQ(told(1, warm, begin + 93s), "") << "a pod that was created again is no news";
  EXPECT_NE(told(1, wider, begin + 94s), "");
  EXPECT_EQ(told(2, unseen, begin + 95s), "");
  EXPECT_NE(told(2, wider, begin + 96s), "");
}

}  // namespace
}  // namespace kip::controller
