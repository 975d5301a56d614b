#include "core/handover.h"

#include <gtest/gtest.h>

#include "core/desired.h"
#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace testing;

using Images = std::vector<config::CachedImage>;

const config::CachedImage a = {"a", reference("reg/a:1")}, b = {"b", reference("reg/b:1")},
                          c = {"c", reference("reg/c:1")};

// "one" has had everything; "two" is to have what its settings say.
class HandoverTest : public ::testing::Test {
 protected:
  static config::Settings settings_of(const std::string& name, Images images) {
    config::Settings settings = some_settings();
    settings.daemonset_name = name;
    settings.images = std::move(images);
    return settings;
  }
  static json daemonset_of(const config::Settings& settings) {
    return desired_daemonset(settings, {}, new_record(settings, noon()), 50);
  }
  static Rollout warm_on(int nodes) {
    return {.is_observed = true, .desired = nodes, .updated = nodes, .ready = nodes};
  }
  std::string kept() const {
    const std::vector<Taker> takers = {{one, has_one, true, warm_on(2), pods_of_one},
                                       {two, has_two, is_steady, rollout, pods_of_two}};
    std::string out;
    for (const auto& image :
         kept_images({giver, has_one, pods_of_one}, takers, are_pods_known, noon()))
      out += image.name + "=" + image.reference.text + ";";
    return out;
  }

  config::Settings one = settings_of("one", {a}), two = settings_of("two", {b});
  json has_one = daemonset_of(settings_of("one", {a, b, c})), has_two = daemonset_of(two);
  std::string giver = "one";
  bool is_steady = true, are_pods_known = true;
  Rollout rollout = warm_on(2);
  Pods pods_of_one, pods_of_two;
};

TEST_F(HandoverTest, NothingIsKeptThatTheOtherHasOnEveryNode) { EXPECT_EQ(kept(), ""); }

TEST_F(HandoverTest, WhatTheOtherHasNotIsKeptAndWhatNobodyWantsIsNot) {
  has_two = nullptr;
  EXPECT_EQ(kept(), "b=reg/b:1;");
}

TEST_F(HandoverTest, ItIsKeptUntilTheOtherHasRolledOut) {
  are_pods_known = false;
  has_two = daemonset_of(settings_of("two", {c}));
  EXPECT_EQ(kept(), "b=reg/b:1;") << "its template is an earlier one";
  has_two = daemonset_of(two);
  rollout.is_observed = false;
  EXPECT_EQ(kept(), "b=reg/b:1;") << "its counts are of an earlier one";
  rollout = warm_on(2);
  rollout.updated = 1;
  EXPECT_EQ(kept(), "b=reg/b:1;") << "a node has an earlier pod";
  rollout = warm_on(2);
  is_steady = false;
  EXPECT_EQ(kept(), "b=reg/b:1;") << "it is somebody else's, or about to change";
}

TEST_F(HandoverTest, WhereANodeDoesNotGetWarmTheOthersPodsAreLookedAt) {
  rollout.ready = 1;
  for (const char* node : {"n1", "n2"})
    pods_of_one.put(node, summarize(running_pod(node, "reg/a@sha256:a", "reg/b@sha256:b")));
  pods_of_two.put("n1", summarize(running_pod("n1", "", "reg/b@sha256:b")));
  json pod = waiting_pod("n2", "ErrImagePull");
  pods_of_two.put("n2", summarize(pod));
  EXPECT_EQ(kept(), "b=reg/b:1;");
  pod["status"]["containerStatuses"][1]["imageID"] = "reg/b@sha256:b";
  pods_of_two.put("n2", summarize(pod));
  EXPECT_EQ(kept(), "") << "another of its images is the trouble";
  pods_of_two.erase("n2");
  EXPECT_EQ(kept(), "b=reg/b:1;");
  pods_of_two.put("n2", summarize(unschedulable_pod("n2", noon() - std::chrono::hours{1})));
  EXPECT_EQ(kept(), "") << "a node that has no room, or is dead, is not waited for";
}

TEST_F(HandoverTest, ANodeThatTheOtherIsNotForIsNotWaitedFor) {
  for (const char* node : {"n1", "n2"})
    pods_of_one.put(node, summarize(running_pod(node, "reg/a@sha256:a", "reg/b@sha256:b")));
  rollout = {.is_observed = true, .desired = 2, .updated = 2, .ready = 1};
  pods_of_two.put("n1", summarize(running_pod("n1", "", "reg/b@sha256:b")));
  EXPECT_EQ(kept(), "b=reg/b:1;") << "it is to have one more pod, which may be for n2";
  pods_of_two.put("n3", summarize(waiting_pod("n3", "ErrImagePull")));
  EXPECT_EQ(kept(), "") << "of other nodes, and n1 has it";
}

TEST_F(HandoverTest, WhatNeverWasOnANodeIsNotWaitedForThere) {
  rollout.ready = 0;
  pods_of_one.put("n1", summarize(running_pod("n1", "reg/a@sha256:a", "")));
  EXPECT_EQ(kept(), "");
  are_pods_known = false;
  EXPECT_EQ(kept(), "b=reg/b:1;") << "without the pods nobody knows";
  are_pods_known = true;
  pods_of_one.erase("n1");
  has_one["status"]["numberReady"] = 1;
  EXPECT_EQ(kept(), "b=reg/b:1;") << "there is a pod that was not told of yet";
}

TEST_F(HandoverTest, OneThatIsAskedForNoMoreKeepsAllThatMoved) {
  giver = "zero";
  has_two = nullptr;
  EXPECT_EQ(kept(), "b=reg/b:1;");  // "one" has a
}

TEST_F(HandoverTest, ATagThatChangesOnTheWayIsHeldUntilTheNewOneIsThere) {
  two.images[0].reference = reference("reg/b:2");
  EXPECT_EQ(kept(), "b=reg/b:1;");
  has_two = daemonset_of(two);
  EXPECT_EQ(kept(), "");
}

TEST_F(HandoverTest, ANameThatAnotherImageHasByNowIsNotKeptTwice) {
  one.images = {{"b", reference("reg/new:1")}};
  two.images = {{"moved", b.reference}};
  EXPECT_EQ(kept(), "moved=reg/b:1;");
}

TEST_F(HandoverTest, WhileSomethingIsKeptNothingOfTheTemplateChanges) {
  config::Settings before = settings_of("one", {a, b, c});
  before.image_pull_secrets = {"s"};
  has_one = daemonset_of(before);
  one.images = {a, c};
  const auto settings = with_kept(one, {b}, has_one);
  EXPECT_EQ(settings.images, (Images{a, b, c}));
  EXPECT_EQ(daemonset_of(settings).at("spec"), has_one.at("spec"));
  one.images = {{"new", c.reference}, a};
  EXPECT_EQ(with_kept(one, {b}, has_one).images, (Images{a, b, {"new", c.reference}}));
}

// A sandbox that takes longer than half a minute is no node that is dead or full; where the giver
// is deleted, nothing would hold the image there.
TEST_F(HandoverTest, ANodeThatIsSlowToMakeASandboxKeepsTheImageUntilTheOtherHasIt) {
  giver = "zero";
  one.images.clear();
  rollout.ready = 1;
  for (const char* node : {"n1", "n2"})
    pods_of_one.put(node, summarize(running_pod(node, "reg/a@sha256:a", "reg/b@sha256:b")));
  pods_of_two.put("n1", summarize(running_pod("n1", "", "reg/b@sha256:b")));
  const WallTime made = noon() - std::chrono::seconds{31};
  json slow = scheduled_pod("n2", made);
  slow["status"]["startTime"] = to_rfc3339(made);
  slow["status"]["conditions"].push_back(condition("PodReadyToStartContainers", false, made));
  pods_of_two.put("n2", summarize(slow));
  EXPECT_EQ(kept(), "b=reg/b:1;");
}

}  // namespace
}  // namespace kip::core
