// The first creation on more nodes than may pull at once, whatever comes in between.
#include "core/first_pull.h"

#include "controller/testing/reconciler_test.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class FirstPullTest : public ReconcilerTest {
 protected:
  FirstPullTest() { settings.max_nodes_pulling = 2; }

  // A DaemonSet without its images, as one of ours left it, that so many nodes run.
  void put_asleep(int nodes, int ready) {
    core::Observed seen;
    seen.facts.owner = core::OwnerReference{"kip", "d1"};
    seen.facts.own_image = "reg/kip:1";
    json object = core::plan(settings, seen, noon()).action.object;
    object["metadata"]["generation"] = 1;
    object["metadata"]["creationTimestamp"] = to_rfc3339(noon());
    api.put(daemonset, object);
    set(nodes, ready);
  }
  void set(int nodes, int ready) {
    json object = *api.find(daemonset);
    object["status"] = {{"observedGeneration", int_at(object, "/metadata/generation")},
                        {"desiredNumberScheduled", nodes},
                        {"currentNumberScheduled", nodes},
                        {"numberReady", ready}};
    api.put(daemonset, object);
    scheduler.advance(10ms);
  }
  std::size_t writes() const {
    return api.count(create) + api.count(replace) + api.count(remove_it);
  }
  bool is_asleep() const { return core::is_asleep(*api.find(daemonset)); }
  static std::string names(const json& object) {
    std::string text;
    for (const auto& each : array_at(object, "/spec/template/spec/containers"))
      text += string_at(each, "/name") + " ";
    return text;
  }
};

TEST_F(FirstPullTest, TheImagesGoInByOneWriteWhenAllNodesRunTheSleepingContainer) {
  put_asleep(100, 0);
  start();
  for (int ready = 1; ready < 100; ++ready) set(100, ready);
  EXPECT_EQ(writes(), 0U);
  set(100, 100);
  EXPECT_EQ(names(*api.find(daemonset)), "theia ubi ");
  EXPECT_EQ(writes(), 1U);
}

TEST_F(FirstPullTest, ARestartInTheMiddleGoesOnWhereItWas) {
  put_asleep(3, 1);
  start();
  kill();
  start();
  EXPECT_EQ(writes(), 0U);
  EXPECT_TRUE(is_asleep());
  kill();
  set(3, 3);  // while nobody looks
  start();
  EXPECT_EQ(writes(), 1U);
  EXPECT_FALSE(is_asleep());
}

TEST_F(FirstPullTest, ANodeThatIsDownIsNotWaitedForThoughNothingElseHappens) {
  put_asleep(3, 2);
  start();
  scheduler.advance(50s);
  EXPECT_EQ(writes(), 0U);
  scheduler.advance(10s);
  EXPECT_EQ(names(*api.find(daemonset)), "theia ubi ");
}

TEST_F(FirstPullTest, DeletedInTheMiddleItBeginsAnew) {
  put_asleep(3, 2);
  start();
  api.remove(daemonset);
  scheduler.advance(10ms);
  ASSERT_EQ(api.bodies(create).size(), 1U);
  EXPECT_TRUE(core::is_asleep(api.bodies(create)[0]));
}

TEST_F(FirstPullTest, OtherImagesInTheMiddleAreThoseThatGoIn) {
  put_asleep(3, 2);
  start();
  settings.images.pop_back();
  reconciler->update(settings);
  scheduler.advance(10ms);
  EXPECT_EQ(writes(), 0U);
  set(3, 3);
  EXPECT_EQ(names(*api.find(daemonset)), "theia ");
}

TEST_F(FirstPullTest, OtherNodesInTheMiddleRunTheSleepingContainerFirst) {
  put_asleep(3, 2);
  start();
  settings.node_selector = {{"pool", "large"}};
  reconciler->update(settings);
  scheduler.advance(10ms);
  ASSERT_EQ(writes(), 1U);
  EXPECT_TRUE(core::is_asleep(api.bodies(replace)[0]));
  EXPECT_EQ(at(api.bodies(replace)[0], "/spec/template/spec/nodeSelector"), settings.node_selector);
}

TEST_F(FirstPullTest, TheServiceThatEndsInTheMiddleLeavesItOrTakesItAwayAsAlways) {
  put_asleep(3, 2);
  start();
  EXPECT_TRUE(stop());
  EXPECT_TRUE(is_asleep());
  start();
  api.remove(deployment);
  EXPECT_TRUE(stop());
  EXPECT_FALSE(is_there());
}

TEST_F(FirstPullTest, ARepairOnFewNodesIsOneCreateWithTheImages) {
  start();
  set(2, 2);
  api.requests.clear();
  api.remove(daemonset);
  scheduler.advance(10ms);
  EXPECT_EQ(names(api.bodies(create).back()), "theia ubi ");
  EXPECT_EQ(writes(), 1U);
}

TEST_F(FirstPullTest, ARepairOnManyNodesBeginsWithoutTheImages) {
  start();
  set(3, 3);
  api.remove(daemonset);
  scheduler.advance(10ms);
  EXPECT_EQ(names(api.bodies(create).back()), "sleep ");
}

TEST_F(FirstPullTest, AnEditMayHaveOtherNodesSoTheirNumberIsNotKnownAnyMore) {
  start();
  set(2, 2);
  settings.node_selector = {{"pool", "large"}};
  reconciler->update(settings);
  api.remove(daemonset);
  scheduler.advance(10ms);
  EXPECT_EQ(names(api.bodies(create).back()), "sleep ");
}

TEST_F(FirstPullTest, WithTheRoleOfTheGoVersionItIsMadeAnewWithTheImages) {
  api.failures.emplace(replace, status(403, denied_by_rbac));
  api.failures.emplace(review, http::Response{201, R"({"status":{"allowed":false}})"});
  start();
  scheduler.advance(5s);
  EXPECT_EQ(names(*api.find(daemonset)), "theia ubi ");
  EXPECT_EQ(api.count(remove_it), 1U);
}

TEST_F(FirstPullTest, TheLogSaysForHowManyNodesItWaitsAndWarnsAfterAMinute) {
  const auto said = [] { return ::testing::internal::GetCapturedStderr(); };
  put_asleep(100, 97);
  ::testing::internal::CaptureStderr();
  start();
  const std::string first = said();
  EXPECT_NE(first.find("level=info msg=\"the DaemonSet is without the images until its nodes run"),
            std::string::npos)
      << first;
  EXPECT_NE(first.find("detail=\"97 of 100 nodes run it\""), std::string::npos) << first;
  ::testing::internal::CaptureStderr();
  set(100, 96);
  set(100, 97);
  EXPECT_EQ(said(), "") << "each node would be too much";
  ::testing::internal::CaptureStderr();
  scheduler.advance(2min);
  const std::string later = said();
  EXPECT_NE(later.find("level=warning msg=\"the DaemonSet is without the images"),
            std::string::npos)
      << later;
}

}  // namespace
}  // namespace kip::controller
