#include "agent/attempt_recorder.h"

#include <gmock/gmock.h>

#include "agent/fetch.h"
#include "testing/fake_runtime.h"
#include "testing/fake_scheduler.h"
#include "testing/settings.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using kip::testing::reference;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Kind = runtime::Failure::Kind;
using metrics::PullResult;

class AttemptRecorderTest : public ::testing::Test {
 protected:
  void fetch(const std::vector<std::string>& images, const PullLimits& limits = {}) {
    std::vector<WantedImage> wanted;
    for (const auto& image : images) wanted.push_back({reference(image), {}});
    Fetch fetch(runtime_, scheduler_, recorder_, wanted, limits);
    bool is_over = false;
    fetch.start([&](const std::vector<ImageResult>&) { is_over = true; });
    scheduler_.advance(limits.overall + 1min);
    ASSERT_TRUE(is_over);
  }

  testing::FakeScheduler scheduler_;
  testing::FakeRuntime runtime_{scheduler_};
  std::unique_ptr<Output> output_ = make_docker_output("n1", [](const std::string&) {});
  int ids_ = 0;
  AttemptRecorder recorder_{*output_, scheduler_, "n1",
                            [this] { return "id" + std::to_string(++ids_); }};
};

TEST_F(AttemptRecorderTest, EachAttemptIsAResultWithItsOwnTimes) {
  scheduler_.set_wall_start(WallTime(1'700'000'000s) - 1h);
  runtime_.registry["a"] = {.id = "sha256:1", .bytes = 300};
  runtime_.failures["a"] = {{Kind::network, "connection reset"}};
  runtime_.pull_takes = 2s;
  fetch({"a"});

  ASSERT_THAT(recorder_.results(), SizeIs(2));
  const PullResult& failed = recorder_.results()[0];
  EXPECT_EQ(failed.attempt_id, "id1");
  EXPECT_EQ(failed.error, "connection reset");
  EXPECT_EQ(failed.duration_ms, 2000U);
  EXPECT_EQ(failed.size_bytes, 0U);
  const PullResult& pulled = recorder_.results()[1];
  EXPECT_EQ(pulled.attempt_id, "id2");
  EXPECT_EQ(pulled.image, "a");
  EXPECT_EQ(pulled.node, "n1");
  EXPECT_EQ(pulled.error, "");
  EXPECT_EQ(pulled.duration_ms, 2000U);
  EXPECT_EQ(pulled.size_bytes, 300U);
  EXPECT_GE(pulled.started_at, failed.started_at + 2) << "the delay is of no attempt";
}

TEST_F(AttemptRecorderTest, AnImageWhoseTurnNeverCameHasAResult) {
  runtime_.answers = false;
  fetch({"a", "b"}, {.overall = 1min, .parallelism = 1});
  EXPECT_THAT(recorder_.results(), ::testing::Contains(Field(&PullResult::image, "b")));
  for (const auto& result : recorder_.results()) EXPECT_NE(result.error, "");
}

}  // namespace
}  // namespace kip::agent
