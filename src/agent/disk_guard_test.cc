#include "agent/disk_guard.h"

#include <gmock/gmock.h>

#include "agent/fetch.h"
#include "testing/fake_runtime.h"
#include "testing/fake_scheduler.h"
#include "testing/settings.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = runtime::Failure::Kind;
using kip::testing::reference;

constexpr std::uint64_t mib = 1 << 20;
const std::string new_digest = "sha256:" + std::string(64, 'e');

// Registries that say what they are told to.
class FakeSource : public registry::Resolver, public registry::LayerSource {
 public:
  explicit FakeSource(Scheduler& scheduler) : scheduler_(scheduler) {}

  std::map<std::string, std::vector<registry::Layer>> images;
  std::optional<registry::Failure> failure;
  bool answers = true;
  std::vector<std::string> asked;

  HandlePtr resolve(const types::ImageReference& image, std::vector<registry::Credentials>,
                    OnResolved done) override {
    asked.push_back("digest of " + image.text);
    return scheduler_.after({}, [done = std::move(done)] {
      done(registry::Resolved{*types::parse_digest(new_digest), ""});
    });
  }
  HandlePtr layers(const types::ImageReference& image, std::vector<registry::Credentials> shown,
                   const types::Platform&, OnLayers done) override {
    asked.push_back(image.text + (shown.empty() ? "" : " as " + shown[0].username));
    return scheduler_.after(answers ? 0s : 1h, [this, image, done = std::move(done)] {
      if (failure) return done(*failure);
      done(images[image.text]);
    });
  }

 private:
  Scheduler& scheduler_;
};

class DiskGuardTest : public ::testing::Test {
 protected:
  DiskGuard::Verdict ask(const std::string& text, std::size_t key = 0,
                         const std::string& digest = "",
                         const registry::Credentials& credentials = {}) {
    std::optional<DiskGuard::Verdict> got;
    const auto handle = guard.ask({key, reference(text), credentials, digest},
                                  [&](const auto& verdict) { got = verdict; });
    EXPECT_FALSE(got);
    scheduler.advance(10s);
    EXPECT_TRUE(got);
    return got.value_or(DiskGuard::Verdict());
  }

  kip::testing::FakeScheduler scheduler;
  kip::testing::FakeRuntime runtime{scheduler};
  FakeSource source{scheduler};
  std::optional<Filesystem> disk = Filesystem{1000 * mib, 300 * mib};  // 150 MiB below the limit
  DiskGuard guard{
      {runtime, scheduler, source, source, {.architecture = "amd64"}}, 85, [this] { return disk; }};
};

TEST_F(DiskGuardTest, WhatFitsIsLetInAndItsBytesAreTold) {
  source.images["r.test/a:1"] = {{"1", 20 * mib}, {"2", 10 * mib}};
  const auto verdict = ask("r.test/a:1");
  EXPECT_FALSE(verdict.refusal);
  EXPECT_EQ(verdict.to_download, 30 * mib);
}

TEST_F(DiskGuardTest, WhatWouldPassTheLimitIsRefusedByName) {
  source.images["r.test/a:1"] = {{"1", 50 * mib}};
  const auto verdict = ask("r.test/a:1");
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->kind, Kind::no_space);
  EXPECT_THAT(verdict.refusal->message, HasSubstr("r.test/a:1: no room on the node: it may take"));
}

TEST_F(DiskGuardTest, LayersThatTheNodeHasDoNotCount) {
  source.images["r.test/a:1"] = {{"1", 50 * mib}, {"2", 1 * mib}};
  runtime.layers = {"1"};
  EXPECT_EQ(ask("r.test/a:1").to_download, 1 * mib);
}

TEST_F(DiskGuardTest, ClaimsOfPullsBesideEachOtherAddUpUntilTheyEnd) {
  for (const char* name : {"r.test/a:1", "r.test/b:1", "r.test/c:1"})
    source.images[name] = {{name, 15 * mib}};
  EXPECT_FALSE(ask("r.test/a:1", 0).refusal);
  EXPECT_FALSE(ask("r.test/b:1", 1).refusal);
  EXPECT_TRUE(ask("r.test/c:1", 2).refusal);
  guard.release(0, false);
  EXPECT_FALSE(ask("r.test/c:1", 2).refusal);
}

TEST_F(DiskGuardTest, ALayerThatAnotherPullBringsCountsOnce) {
  for (const char* name : {"r.test/a:1", "r.test/b:1", "r.test/c:1"})
    source.images[name] = {{"common", 30 * mib}, {name, 1 * mib}};
  EXPECT_FALSE(ask("r.test/a:1", 0).refusal);
  EXPECT_EQ(ask("r.test/b:1", 1).to_download, 1 * mib);
  guard.release(0, true);
  guard.release(1, true);
  EXPECT_EQ(ask("r.test/c:1", 2).to_download, 1 * mib) << "though this runtime tells of no layers";
}

TEST_F(DiskGuardTest, ARegistryThatDoesNotAnswerHoldsUpOnePullForSecondsAndRefusesNone) {
  source.answers = false;
  EXPECT_FALSE(ask("r.test/a:1").refusal);
  EXPECT_FALSE(ask("r.test/b:1").refusal);
  EXPECT_THAT(source.asked, ElementsAre("r.test/a:1")) << "it is not asked again";
}

TEST_F(DiskGuardTest, ARegistryThatDeniesOneImageIsAskedForOthers) {
  source.failure = {registry::Failure::Kind::denied, "no"};
  EXPECT_FALSE(ask("r.test/a:1").refusal);
  EXPECT_FALSE(ask("r.test/b:1", 0, "", {.username = "me", .password = "x"}).refusal);
  EXPECT_THAT(source.asked, ElementsAre("r.test/a:1", "r.test/b:1 as me"));
}

TEST_F(DiskGuardTest, OfWhatTheNodeHasOnlyTheDigestIsAskedFor) {
  EXPECT_FALSE(ask("r.test/a:1", 0, new_digest).refusal);
  EXPECT_THAT(source.asked, ElementsAre("digest of r.test/a:1"));
  ask("r.test/a:1", 0, "sha256:" + std::string(64, '0'));
  EXPECT_EQ(source.asked.back(), "r.test/a:1") << "the tag moved";
}

TEST_F(DiskGuardTest, ADiskThatCannotBeSeenAnyMoreRefusesNothing) {
  source.images["r.test/a:1"] = {{"1", 500 * mib}};
  disk.reset();
  EXPECT_FALSE(ask("r.test/a:1").refusal);
}

struct Quiet : Output {
  void on_begin(std::size_t) override {}
  void on_attempt(const Attempt&) override {}
  void on_failed_attempt(const Attempt&, const runtime::Failure&, Duration) override {}
  void on_wait(const Attempt&, Duration) override {}
  void on_ended(const ImageResult&, const Attempt*) override {}
  void on_progress(const TotalProgress&) override {}
  void on_all_ended(const std::vector<ImageResult>&, Duration) override {}
};

// With Fetch.
TEST_F(DiskGuardTest, WhatIsAskedOfTheRegistryDoesNotLengthenTheOverallTime) {
  Quiet quiet;
  source.answers = false;
  runtime.pull_takes = 1h;
  Fetch fetch(runtime, scheduler, quiet, {{reference("r.test/a:1"), {}}}, {.overall = 20s}, &guard);
  std::vector<ImageResult> results;
  fetch.start([&](const auto& all) { results = all; });
  scheduler.advance(23s);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].failure->kind, Kind::timeout);
  EXPECT_EQ(runtime.pulls.at(0).patience, 12s) << "8 s went to the registry";
}

// With Fetch: what is refused is not pulled, not even begun, and the others are.
TEST_F(DiskGuardTest, NothingOfARefusedImageIsPulled) {
  Quiet quiet;
  source.images["r.test/large:1"] = {{"1", 50 * mib}};
  source.images["r.test/small:1"] = {{"2", 1 * mib}};
  runtime.registry["r.test/large:1"] = {.id = "large"};
  runtime.registry["r.test/small:1"] = {.id = "small"};
  Fetch fetch(runtime, scheduler, quiet,
              {{reference("r.test/large:1"), {}}, {reference("r.test/small:1"), {}}}, {}, &guard);
  std::vector<ImageResult> results;
  fetch.start([&](const auto& all) { results = all; });
  scheduler.advance(1h);
  ASSERT_EQ(results.size(), 2U);
  ASSERT_TRUE(results[0].failure);
  EXPECT_EQ(results[0].failure->kind, Kind::no_space);
  EXPECT_FALSE(results[1].failure);
  ASSERT_EQ(runtime.pulls.size(), 1U);
  EXPECT_EQ(runtime.pulls[0].image, "r.test/small:1");
}

}  // namespace
}  // namespace kip::agent
