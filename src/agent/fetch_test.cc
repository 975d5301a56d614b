#include "agent/fetch.h"

#include <gmock/gmock.h>

#include "testing/fake_runtime.h"
#include "testing/fake_scheduler.h"
#include "testing/settings.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using Outcome = ImageResult::Outcome;
using kip::testing::reference;

const std::string digest = "sha256:" + std::string(64, 'd');

struct Said : Output {
  void on_begin(std::size_t) override {}
  void on_attempt(const Attempt& attempt) override { lines.push_back("try " + attempt.image.text); }
  void on_failed_attempt(const Attempt& attempt, const runtime::Failure& failure,
                         Duration) override {
    lines.push_back("failed " + attempt.image.text + ": " + failure.message);
  }
  void on_wait(const Attempt&, Duration delay) override {
    lines.push_back("wait " + to_text(delay));
  }
  void on_ended(const ImageResult& result, const Attempt*) override {
    lines.push_back((result.failure ? "gave up " : "has ") + result.image);
  }
  void on_progress(const TotalProgress& progress) override { last = progress; }
  void on_all_ended(const std::vector<ImageResult>&, Duration) override { lines.push_back("end"); }
  std::vector<std::string> lines;
  TotalProgress last;
};

class FetchTest : public ::testing::Test {
 protected:
  void has(const std::string& text, const std::string& id) {
    runtime.registry[text] = {.id = id, .digest = digest, .bytes = 100};
  }
  const std::vector<ImageResult>& fetch(Duration time = 1h) {
    fetch_.emplace(runtime, scheduler, said, wanted, limits);
    fetch_->start([this](const auto& all) {
      results = all;
      ++ended;
    });
    scheduler.advance(time);
    return results;
  }

  kip::testing::FakeScheduler scheduler;
  kip::testing::FakeRuntime runtime{scheduler};
  Said said;
  PullLimits limits;
  std::vector<WantedImage> wanted = {{reference("r.test/a:1"), {}}, {reference("r.test/b:1"), {}}};
  std::optional<Fetch> fetch_;
  std::vector<ImageResult> results;
  int ended = 0;
};

TEST_F(FetchTest, WhatIsNewIsDownloadedAndWhatIsThereIsUpToDate) {
  has("r.test/a:1", "one");
  has("r.test/b:1", "two");
  runtime.there["r.test/b:1"] = runtime.registry["r.test/b:1"];
  fetch();
  EXPECT_EQ(ended, 1);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].outcome, Outcome::downloaded);
  EXPECT_EQ(results[0].digest, digest);
  EXPECT_EQ(results[0].downloaded, 100U);
  EXPECT_EQ(results[0].attempts, 1);
  EXPECT_EQ(results[0].took, 1s);
  EXPECT_EQ(results[1].outcome, Outcome::up_to_date);
  EXPECT_EQ(results[1].downloaded, 0U);
}

TEST_F(FetchTest, WhatTheRuntimeCountsAtTheEndIsOfAllAttempts) {
  has("r.test/a:1", "one");
  runtime.failures["r.test/a:1"] = {{Kind::network, "connection reset"}};
  runtime.counted = 70;
  EXPECT_EQ(fetch()[0].downloaded, 70U);
  EXPECT_EQ(results[0].attempts, 2);
  EXPECT_EQ(runtime.pulls.back().since, runtime.pulls.front().since);
}

TEST_F(FetchTest, ATagThatMovedIsDownloadedThoughAnImageOfThatNameIsThere) {
  has("r.test/a:1", "new");
  has("r.test/b:1", "b");
  runtime.there["r.test/a:1"] = {.id = "old"};
  EXPECT_EQ(fetch()[0].outcome, Outcome::downloaded);
}

TEST_F(FetchTest, ADigestThatIsThereIsNotAskedFor) {
  const std::string text = "r.test/a@" + digest;
  wanted = {{reference(text), {}}};
  runtime.there[text] = {.id = "one", .digest = digest};
  EXPECT_EQ(fetch()[0].outcome, Outcome::up_to_date);
  EXPECT_TRUE(runtime.pulls.empty());
}

TEST_F(FetchTest, WhatIsNotAskedForIsPulledOnlyWhereTheNodeDoesNotHaveIt) {
  wanted = {{reference("r.test/a:1"), {}, false}, {reference("r.test/b:1"), {}, false}};
  has("r.test/a:1", "new");
  has("r.test/b:1", "b");
  runtime.there["r.test/a:1"] = {.id = "old", .digest = digest};
  fetch();
  EXPECT_EQ(results[0].outcome, Outcome::up_to_date);
  EXPECT_EQ(results[0].id, "old");
  EXPECT_EQ(results[1].outcome, Outcome::downloaded);
  EXPECT_EQ(runtime.pulls.size(), 1U);
}

TEST_F(FetchTest, OneThatIsMissingFailsAndTheOthersAreThere) {
  has("r.test/b:1", "two");
  fetch();
  ASSERT_TRUE(results[0].failure);
  EXPECT_EQ(results[0].failure->kind, Kind::not_found);
  EXPECT_EQ(results[0].attempts, 3);
  EXPECT_FALSE(results[1].failure);
  EXPECT_EQ(said.lines.back(), "end");
}

TEST_F(FetchTest, CredentialsAreTriedInTurn) {
  wanted = {{reference("r.test/a:1"), {{.username = "wrong"}, {.username = "right"}}}};
  has("r.test/a:1", "one");
  runtime.wants_user["r.test/a:1"] = "right";
  EXPECT_FALSE(fetch()[0].failure);
  ASSERT_EQ(runtime.pulls.size(), 2U);
  EXPECT_EQ(runtime.pulls[1].username, "right");
  EXPECT_EQ(said.lines[1], "failed r.test/a:1: r.test/a:1: no basic auth credentials");
}

TEST_F(FetchTest, ARuntimeThatIsRestartedInTheMiddleIsWaitedFor) {
  has("r.test/a:1", "one");
  has("r.test/b:1", "two");
  runtime.failures["r.test/a:1"] = {{Kind::runtime_gone, "Socket closed"},
                                    {Kind::runtime_gone, "failed to connect"}};
  fetch();
  EXPECT_FALSE(results[0].failure);
  EXPECT_EQ(results[0].attempts, 3);
}

TEST_F(FetchTest, AClockThatIsSetChangesNeitherWhatIsDoneNorWhen) {
  const auto run = [&](std::vector<WallTime> clock) {
    has("r.test/a:1", "one");
    has("r.test/b:1", "two");
    runtime.there.clear();
    runtime.failures["r.test/a:1"] = {{Kind::network, "reset"}, {Kind::network, "reset"}};
    said.lines.clear();
    std::vector<HandlePtr> jumps;
    for (std::size_t i = 0; i < clock.size(); ++i)
      jumps.push_back(scheduler.after(700ms * static_cast<int>(i + 1),
                                      [&, to = clock[i]] { scheduler.set_wall_start(to); }));
    fetch();
    return std::pair(said.lines, results[0].took);
  };
  const auto expected = run({});
  EXPECT_FALSE(results[0].failure);
  const WallTime now = scheduler.wall_now();
  EXPECT_EQ(run({now + 10 * 365 * 24h, now - 24h, now}), expected);
  EXPECT_EQ(run({now - 10 * 365 * 24h, now + 24h}), expected);
  EXPECT_EQ(ended, 3);
}

TEST_F(FetchTest, NoMoreThanSoManyAreUnderWay) {
  wanted.clear();
  for (int i = 0; i < 20; ++i) {
    wanted.push_back({reference("r.test/i:" + std::to_string(i)), {}});
    has(wanted.back().reference.text, std::to_string(i));
  }
  limits.parallelism = 3;
  fetch();
  EXPECT_EQ(runtime.most_running, 3U);
  EXPECT_EQ(runtime.pulls.size(), 20U);
}

TEST_F(FetchTest, ARuntimeThatNeverAnswersHoldsNobodyForEver) {
  runtime.answers = false;
  limits.overall = 2min;
  fetch(3min);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(results[0].failure->kind, Kind::timeout);
  EXPECT_EQ(runtime.running, 0U);
}

TEST_F(FetchTest, WhatIsThereSoFarCanBeHadInTheMiddle) {
  has("r.test/a:1", "one");
  has("r.test/b:1", "two");
  limits.parallelism = 1;
  fetch(1500ms);
  EXPECT_EQ(ended, 0);
  const auto now = fetch_->results("told to end");
  EXPECT_FALSE(now[0].failure);
  EXPECT_EQ(now[1].failure->message, "told to end");
  fetch_.reset();
  EXPECT_EQ(runtime.running, 0U) << "what is under way is given up";
}

TEST_F(FetchTest, ProgressIsToldOfEachImageUnderWayAndOfAll) {
  has("r.test/a:1", "one");
  has("r.test/b:1", "two");
  runtime.pull_takes = 20s;
  runtime.progress_at_once = {40, 80};
  limits.parallelism = 1;
  fetch(25s);
  EXPECT_EQ(said.last.images, 2U);
  EXPECT_EQ(said.last.ended, 1U);
  ASSERT_EQ(said.last.under_way.size(), 1U);
  EXPECT_EQ(said.last.under_way[0].image, "r.test/b:1");
  EXPECT_EQ(said.last.under_way[0].bytes, (runtime::Progress{40, 80}));
  EXPECT_EQ(said.last.done, 140U);
  EXPECT_EQ(said.last.total, 180U);
  EXPECT_DOUBLE_EQ(said.last.rate, 100 / 15.0) << "40 were there 15 s before";
}

TEST_F(FetchTest, AnEmptyListIsOverAtOnce) {
  wanted.clear();
  fetch();
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace kip::agent
