#include "controller/tag_watcher.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using Kind = core::TagState::Kind;
using Failure = registry::Failure;

const std::string digest = "sha256:" + std::string(64, 'a');
const std::string newer = "sha256:" + std::string(64, 'b');

// Answers as it is told, half a second later.
class Registry : public registry::Resolver {
 public:
  explicit Registry(FakeScheduler& scheduler) : scheduler_(scheduler) {}

  HandlePtr resolve(const types::ImageReference& image,
                    std::vector<registry::Credentials> credentials, OnResolved done) override {
    asked.push_back(image.text);
    most_at_once = std::max(most_at_once, ++under_way[image.domain]);
    shown = std::move(credentials);
    return scheduler_.after(500ms, [this, image, done = std::move(done)] {
      --under_way[image.domain];
      const auto failure = failures.find(image.text);
      if (failure != failures.end()) return done(Failure{failure->second, "it said so", wish});
      const auto found = digests.find(image.text);
      done(registry::Resolved{*types::parse_digest(found == digests.end() ? digest : found->second),
                              ""});
    });
  }

  std::vector<std::string> asked;
  std::vector<registry::Credentials> shown;  // at the last request
  std::map<std::string, std::string> digests;
  std::map<std::string, Failure::Kind> failures;
  std::map<std::string, int> under_way;
  std::optional<std::chrono::seconds> wish;  // with each failure
  int most_at_once = 0;

 private:
  FakeScheduler& scheduler_;
};

class TagWatcherTest : public ::testing::Test {
 protected:
  TagWatcherTest() {
    scheduler.set_wall_start(noon());
    settings.refresh = config::Refresh::digest_changed;
    settings.images = {{"a", reference("one.test/a:1")},
                       {"b", reference("one.test/b:1")},
                       {"same", reference("one.test/a:1")},
                       {"c", reference("two.test/c:1")},
                       {"pinned", reference("two.test/d@" + digest)}};
  }
  void start() {
    watcher = std::make_unique<TagWatcher>(api, scheduler, registry, settings, [this] { ++told; });
    watcher->start();
  }
  core::TagState state(const std::string& image) const {
    const auto found = watcher->tags().states.find(image);
    return found == watcher->tags().states.end() ? core::TagState{} : found->second;
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  Registry registry{scheduler};
  config::Settings settings = some_settings();
  std::unique_ptr<TagWatcher> watcher;
  int told = 0;
};

TEST_F(TagWatcherTest, EachImageIsAskedForOnceInAnIntervalAndARoundIsToldAsOne) {
  start();
  scheduler.advance(20s);
  EXPECT_EQ(registry.asked.size(), 3U);  // one twice in the settings, one with a digest
  EXPECT_EQ(told, 1);
  EXPECT_EQ(state("one.test/a:1").kind, Kind::known);
  EXPECT_EQ(state("one.test/a:1").digest, digest);
  scheduler.advance(24h);
  EXPECT_EQ(registry.asked.size(), 3U * 25);
  EXPECT_EQ(told, 25) << "that nothing is new is told as well";
  EXPECT_EQ(registry.most_at_once, 1);
}

TEST_F(TagWatcherTest, AMovedTagIsTold) {
  start();
  scheduler.advance(20s);
  registry.digests["one.test/b:1"] = newer;
  scheduler.advance(70min);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(state("one.test/b:1").digest, newer);
}

TEST_F(TagWatcherTest, ARegistryThatDoesNotAnswerIsAskedForTwoImagesAndSoonerAgain) {
  registry.failures["one.test/a:1"] = registry.failures["one.test/b:1"] =
      Failure::Kind::unreachable;
  start();
  scheduler.advance(20s);
  EXPECT_EQ(registry.asked,
            (std::vector<std::string>{"one.test/a:1", "two.test/c:1", "one.test/b:1"}));
  EXPECT_EQ(state("one.test/b:1").kind, Kind::unreachable);
  EXPECT_EQ(state("two.test/c:1").kind, Kind::known);
  registry.failures.clear();
  scheduler.advance(2min);
  EXPECT_EQ(state("one.test/b:1").kind, Kind::known);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 1);
}

TEST_F(TagWatcherTest, WhatWasKnownIsRememberedWhileItsRegistryIsAway) {
  start();
  scheduler.advance(20s);
  registry.failures["two.test/c:1"] = Failure::Kind::unreachable;
  scheduler.advance(70min);
  EXPECT_EQ(state("two.test/c:1").kind, Kind::unreachable);
  EXPECT_EQ(state("two.test/c:1").digest, digest);
  EXPECT_EQ(state("two.test/c:1").trouble, "it said so");
}

TEST_F(TagWatcherTest, ALimitSaysNothingNewOfAnImage) {
  start();
  scheduler.advance(20s);
  const core::TagState before = state("one.test/a:1");
  registry.failures["one.test/a:1"] = Failure::Kind::rate_limited;
  scheduler.advance(70min);
  EXPECT_EQ(state("one.test/a:1"), before);
}

TEST_F(TagWatcherTest, RefusedAndMissingAreToldApart) {
  registry.failures["one.test/a:1"] = Failure::Kind::unauthorized;
  registry.failures["one.test/b:1"] = Failure::Kind::not_found;
  start();
  scheduler.advance(20s);
  EXPECT_EQ(state("one.test/a:1").kind, Kind::refused);
  EXPECT_EQ(state("one.test/b:1").kind, Kind::missing);
}

TEST_F(TagWatcherTest, AnImageThatIsNewIsAskedForSoonAndOneThatIsGoneIsForgotten) {
  start();
  scheduler.advance(20s);
  settings.images = {{"c", reference("two.test/c:1")}, {"e", reference("three.test/e:1")}};
  watcher->update(settings);
  scheduler.advance(10s);
  EXPECT_EQ(registry.asked.back(), "three.test/e:1");
  EXPECT_EQ(registry.asked.size(), 4U);
  EXPECT_EQ(watcher->tags().states.size(), 2U);
}

TEST_F(TagWatcherTest, WhereNodesDisagreeARegistryIsAskedSoonerButNotAllTheTime) {
  start();
  scheduler.advance(20s);
  for (int i = 0; i < 100; ++i) {
    watcher->nodes_disagree(reference("two.test/c:1"));
    scheduler.advance(18s);
  }
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 2);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "one.test/a:1"), 1);
}

TEST_F(TagWatcherTest, PullSecretsAreReadAtEachRoundAndShownToTheirRegistry) {
  settings.images = {{"c", reference("two.test/c:1")}};
  settings.image_pull_secrets = {"pull"};
  const auto put = [&](const std::string& password) {
    const std::string config =
        R"({"auths":{"two.test":{"username":"me","password":")" + password + R"("}}})";
    api.put("/api/v1/namespaces/images/secrets/pull",
            {{"metadata", {{"name", "pull"}}},
             {"type", "kubernetes.io/dockerconfigjson"},
             {"data", {{".dockerconfigjson", to_base64(config)}}}});
  };
  put("first");
  start();
  scheduler.advance(20s);
  ASSERT_EQ(registry.shown.size(), 1U);
  EXPECT_EQ(registry.shown[0].password, "first");
  put("second");
  scheduler.advance(70min);
  EXPECT_EQ(registry.shown[0].password, "second");
}

TEST_F(TagWatcherTest, WhileTheApiServerDoesNotTellTheSecretsNoRegistryIsAsked) {
  settings.images = {{"c", reference("two.test/c:1")}};
  settings.image_pull_secrets = {"pull"};
  const std::string read = "GET /api/v1/namespaces/images/secrets/pull";
  api.failures.emplace(read, http::Response{500, "{}"});
  start();
  scheduler.advance(20s);
  EXPECT_TRUE(registry.asked.empty());
  EXPECT_TRUE(watcher->tags().states.empty());
  api.failures.erase(read);
  scheduler.advance(2min);
  EXPECT_EQ(registry.asked.size(), 1U);
}

TEST_F(TagWatcherTest, AnEditDuringARoundIsAskedForSoonAfterIt) {
  start();
  scheduler.advance(5100ms);  // the round has begun
  settings.images.push_back({"new", reference("one.test/new:1")});
  watcher->update(settings);
  scheduler.advance(15s);
  EXPECT_EQ(state("one.test/new:1").kind, Kind::known);
}

TEST_F(TagWatcherTest, ASecretThatMakesNoSenseLeavesTheRegistryToBeAskedWithout) {
  settings.images = {{"c", reference("two.test/c:1")}};
  settings.image_pull_secrets = {"absent", "typed", "empty", "garbage"};
  const auto put = [&](const std::string& name, const std::string& type, const json& data) {
    api.put("/api/v1/namespaces/images/secrets/" + name,
            {{"metadata", {{"name", name}}}, {"type", type}, {"data", data}});
  };
  put("typed", "Opaque", {{".dockerconfigjson", to_base64("{}")}});
  put("empty", "kubernetes.io/dockerconfigjson", json::object());
  put("garbage", "kubernetes.io/dockercfg", {{".dockercfg", "%%%"}});
  start();
  scheduler.advance(20s);
  EXPECT_EQ(registry.asked.size(), 1U);
  EXPECT_TRUE(registry.shown.empty());
  EXPECT_EQ(state("two.test/c:1").kind, Kind::known);
}

TEST_F(TagWatcherTest, ARegistrysWishIsLongerThanOurPatience) {
  registry.failures["two.test/c:1"] = Failure::Kind::rate_limited;
  registry.wish = 30min;
  start();
  scheduler.advance(26min);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 1);
  scheduler.advance(10min);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 2);
}

TEST_F(TagWatcherTest, AnotherWayToARegistryIsTriedSoon) {
  registry.failures["two.test/c:1"] = Failure::Kind::untrusted;
  start();
  scheduler.advance(50min);
  registry.asked.clear();
  registry.failures.clear();
  settings.registry_ca_file = "/etc/more.pem";
  watcher->update(settings);
  scheduler.advance(10s);
  EXPECT_EQ(state("two.test/c:1").kind, Kind::known);
  registry.failures["two.test/c:1"] = Failure::Kind::unreachable;
  settings.insecure_registries = {"two.test"};
  watcher->update(settings);
  scheduler.advance(10s);
  EXPECT_EQ(state("two.test/c:1").kind, Kind::unreachable);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 2);
}

// A registry that passes requests on to others answers for some repositories and hangs for one.
TEST_F(TagWatcherTest, AnImageThatHangsDoesNotKeepThoseBehindItFromBeingAsked) {
  registry.failures["one.test/a:1"] = Failure::Kind::unreachable;
  start();
  scheduler.advance(7 * 24h);
  EXPECT_EQ(state("one.test/b:1").kind, Kind::known) << state("one.test/b:1").trouble;
}

TEST_F(TagWatcherTest, AWishThatMakesNoSenseIsNotObeyedForYears) {
  registry.failures["two.test/c:1"] = Failure::Kind::rate_limited;
  registry.wish = std::chrono::seconds{1769860800};  // a time, where a number of seconds belongs
  start();
  scheduler.advance(1min);
  registry.failures.clear();
  scheduler.advance(7 * 24h);
  EXPECT_EQ(state("two.test/c:1").kind, Kind::known);
}

TEST_F(TagWatcherTest, JitterDoesNotCutAWishShort) {
  registry.failures["two.test/c:1"] = Failure::Kind::rate_limited;
  registry.wish = 6h;
  scheduler.set_random(0);
  start();
  scheduler.advance(6h - 1s);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 1);
}

TEST_F(TagWatcherTest, AnEditDoesNotCutAWishShort) {
  registry.failures["two.test/c:1"] = Failure::Kind::rate_limited;
  registry.wish = 6h;
  start();
  scheduler.advance(2h);  // longer than the queue of the client waits
  settings.images.push_back({"new", reference("two.test/new:1")});
  watcher->update(settings);
  scheduler.advance(1min);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "two.test/c:1"), 1);
}

TEST_F(TagWatcherTest, AnEditThatAddsAnImageAsksForThatAlone) {
  start();
  scheduler.advance(1min);
  registry.asked.clear();
  settings.images.push_back({"new", reference("one.test/new:1")});
  watcher->update(settings);
  scheduler.advance(1min);
  EXPECT_EQ(registry.asked, (std::vector<std::string>{"one.test/new:1"}));
  scheduler.advance(70min);
  EXPECT_EQ(std::count(registry.asked.begin(), registry.asked.end(), "one.test/a:1"), 1)
      << "the rest keep their time";
}

TEST_F(TagWatcherTest, ARegistryThatSaysOnly5xxIsAskedForThreeImages) {
  settings.images.clear();
  for (int i = 0; i < 20; ++i) {
    const std::string text = "one.test/i" + std::to_string(i) + ":1";
    settings.images.push_back({"i" + std::to_string(i), reference(text)});
    registry.failures[text] = Failure::Kind::transient;
  }
  start();
  scheduler.advance(30s);
  EXPECT_EQ(registry.asked.size(), 3U);
}

}  // namespace
}  // namespace kip::controller
