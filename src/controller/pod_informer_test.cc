#include "controller/pod_informer.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_api.h"
#include "testing/pods.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::status;

const std::string in_images = "/api/v1/namespaces/images/pods";
const std::string everywhere = "/api/v1/pods";

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class PodInformerTest : public ::testing::Test {
 protected:
  void start(Scope scope = {}) {
    all.emplace(api, scheduler, std::move(scope));
    all->start();
    scheduler.advance(100ms);
  }
  // `owner`: the DaemonSet; empty: none.
  static json owned_by(const std::string& owner, json pod = testing::running_pod("n1")) {
    json owners = json::array({{{"kind", "Job"}, {"name", "d"}}});
    if (!owner.empty()) owners.push_back({{"kind", "DaemonSet"}, {"name", owner}});
    pod["metadata"]["ownerReferences"] = owners;
    return pod;
  }
  void put(const std::string& space, const std::string& name, const json& pod) {
    api.put("/api/v1/namespaces/" + space + "/pods/" + name, pod);
  }
  void remove(const std::string& name) { api.remove(in_images + "/" + name); }
  std::vector<std::string> names(const std::string& space = "images",
                                 const std::string& daemonset = "d") const {
    std::vector<std::string> found;
    for (const auto& [name, pod] : all->pods(space, daemonset)) found.push_back(name);
    return found;
  }
  // True if nothing is kept for this DaemonSet: then all have one empty answer.
  bool is_unknown(const std::string& daemonset) const {
    return &all->pods("images", daemonset) == &all->pods("no", "one");
  }
  std::string log_of(Duration time) {
    ::testing::internal::CaptureStderr();
    scheduler.advance(time);
    return ::testing::internal::GetCapturedStderr();
  }

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  std::optional<PodInformer> all;
};

TEST_F(PodInformerTest, OneListAndWatchAskForThePodsOfOurSelector) {
  start({"images", "d"});
  all->start();
  start();
  scheduler.advance(1s);
  EXPECT_THAT(api.requests, ElementsAre("GET " + in_images, "GET " + everywhere));
  for (const auto& [request, path] : api.full_paths)
    EXPECT_THAT(
        path,
        HasSubstr("labelSelector=app.kubernetes.io%2Fname%3Dimage-puller%2Ctest%3Ddaemonset-test"));
  EXPECT_EQ(api.open_watches(), 1U);
}

TEST_F(PodInformerTest, OfOneDaemonSetThePodsOfOthersAreNotKept) {
  start({"images", "d"});
  put("images", "p1", owned_by("d"));
  put("images", "p2", owned_by("other"));
  EXPECT_THAT(names(), ElementsAre("p1"));
  EXPECT_TRUE(is_unknown("other"));
}

TEST_F(PodInformerTest, OfTheClusterEachDaemonSetHasItsOwn) {
  put("images", "p1", owned_by("d"));
  start();
  put("images", "p2", owned_by("e"));
  put("others", "p1", owned_by("d", testing::waiting_pod("n2", "ErrImagePull")));
  EXPECT_THAT(names(), ElementsAre("p1"));
  EXPECT_THAT(names("images", "e"), ElementsAre("p2"));
  EXPECT_THAT(names("others", "d"), ElementsAre("p1"));
  EXPECT_TRUE(all->pods("images", "d").not_well().empty());
  EXPECT_EQ(all->pods("others", "d").not_well().size(), 1U);
}

TEST_F(PodInformerTest, APodThatNoDaemonSetOwnsIsNobodys) {
  start();
  put("images", "p1", owned_by(""));
  put("images", "p2", testing::running_pod("n1"));
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(names("images", ""), IsEmpty());
}

TEST_F(PodInformerTest, AFollowerIsToldOfItsOwnPodsAloneAndOnlyOfChanges) {
  start();
  int told = 0, told_e = 0;
  const auto d = all->follow("images", "d", [&] { ++told; });
  const auto e = all->follow("images", "e", [&] { ++told_e; });
  put("images", "p1", owned_by("d"));
  EXPECT_EQ(told, 1);
  put("images", "p1", owned_by("d"));
  EXPECT_EQ(told, 1) << "as it was";
  put("images", "p1", owned_by("d", testing::waiting_pod("n1", "ErrImagePull")));
  EXPECT_EQ(told, 2);
  put("others", "p1", owned_by("d"));
  EXPECT_EQ(told, 2) << "of another namespace";
  remove("p1");
  EXPECT_EQ(told, 3);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(told_e, 0);
}

TEST_F(PodInformerTest, EachFollowerOfADaemonSetIsToldUntilItEnds) {
  start();
  int first = 0, second = 0;
  auto one = all->follow("images", "d", [&] { ++first; });
  const auto two = all->follow("images", "d", [&] { ++second; });
  put("images", "p1", owned_by("d"));
  one.reset();
  put("images", "p2", owned_by("d"));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST_F(PodInformerTest, WhoFollowsLaterFindsWhatWasToldBefore) {
  start();
  put("images", "p1", owned_by("d"));
  const auto late = all->follow("images", "d", [] {});
  EXPECT_THAT(names(), ElementsAre("p1"));
}

TEST_F(PodInformerTest, APodThatWasOrphanedAndAdoptedIsItsNewOwners) {
  start();
  int told = 0;
  const auto d = all->follow("images", "d", [&] { ++told; });
  put("images", "p1", owned_by("d"));
  put("images", "p2", owned_by("d"));
  put("images", "p1", owned_by(""));
  EXPECT_THAT(names(), ElementsAre("p2"));
  put("images", "p1", owned_by("e"));
  put("images", "p2", owned_by("e"));
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(names("images", "e"), ElementsAre("p1", "p2"));
  EXPECT_EQ(told, 4) << "two came, two went";
}

TEST_F(PodInformerTest, WhoFollowsNodesIsToldWhichOneHasNewsAndFindsItsPods) {
  put("images", "p1", owned_by("d"));
  start();
  std::vector<std::string> told;
  int lists = 0;
  auto following =
      all->follow_nodes([&](const std::string& node) { told.push_back(node); }, [&] { ++lists; });
  EXPECT_EQ(all->pods_on("n1").size(), 1U) << "what was there before";
  put("images", "p2", owned_by("e"));
  put("images", "p3", owned_by("d", testing::running_pod("n2")));
  EXPECT_THAT(told, ElementsAre("n1", "n2"));
  EXPECT_EQ(all->pods_on("n1").size(), 2U) << "of whichever DaemonSet";
  put("images", "p3", owned_by("d", testing::running_pod("n2")));
  EXPECT_EQ(told.size(), 2U) << "as it was";
  put("images", "p3", owned_by("d", testing::waiting_pod("n2", "ErrImagePull")));
  remove("p1");
  put("images", "p2", owned_by(""));
  EXPECT_THAT(told, ElementsAre("n1", "n2", "n2", "n1", "n1"));
  EXPECT_THAT(all->pods_on("n1"), IsEmpty());
  EXPECT_EQ(all->pods_on("n2").at(0)->unwell->waiting.at(0).reason, "ErrImagePull");
  api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  scheduler.advance(2s);
  EXPECT_EQ(lists, 1);
  following.reset();
  put("images", "p4", owned_by("d"));
  EXPECT_THAT(all->pods_on("n1"), IsEmpty()) << "nobody asks any more";
}

TEST_F(PodInformerTest, WhatWentWhileNobodyWatchedIsGoneAfterTheNextList) {
  put("images", "p1", owned_by("d"));
  put("images", "p2", owned_by("d"));
  start();
  int told = 0;
  const auto d = all->follow("images", "d", [&] { ++told; });
  api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  remove("p1");
  EXPECT_THAT(names(), ElementsAre("p1", "p2"));
  scheduler.advance(1s);
  EXPECT_THAT(names(), ElementsAre("p2"));
  EXPECT_EQ(told, 1);
}

TEST_F(PodInformerTest, NothingIsKeptOfADaemonSetWithoutPodsThatNobodyFollows) {
  start();
  auto d = all->follow("images", "d", [] {});
  const core::Pods* kept = &all->pods("images", "d");
  put("images", "p1", owned_by("d"));
  remove("p1");
  EXPECT_EQ(&all->pods("images", "d"), kept) << "for its follower it stays what it was";
  d.reset();
  EXPECT_TRUE(is_unknown("d"));
  put("images", "p1", owned_by("d"));
  EXPECT_FALSE(is_unknown("d"));
  remove("p1");
  EXPECT_TRUE(is_unknown("d"));
}

TEST_F(PodInformerTest, ARefusalIsToldOnceItIsBelievedAndAgainWhenItComesBack) {
  const std::string rule = "resources: [pods], verbs: [list, watch]";
  for (int i = 0; i < 2; ++i) {
    api.failures.emplace("GET " + everywhere, status(403));
    if (i == 0) start();
    api.end_watches(status(403));
    EXPECT_EQ(log_of(2s), "");
    const std::string log = log_of(5h);
    EXPECT_EQ(occurrences(log, rule), 1U) << log;
    EXPECT_EQ(occurrences(log, "\n"), 1U) << log;
    api.failures.clear();
    scheduler.advance(2h);
    put("images", "p1", owned_by("d"));
    EXPECT_THAT(names(), ElementsAre("p1"));
  }
}

TEST_F(PodInformerTest, ARefusalToWatchIsToldOnceThoughEachListSucceeds) {
  api.failures.emplace("WATCH " + everywhere, status(403));
  ::testing::internal::CaptureStderr();
  start();
  scheduler.advance(24h);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_GE(api.count("GET " + everywhere), 10U);
  EXPECT_EQ(occurrences(log, "may not read pods"), 1U) << log;
}

TEST_F(PodInformerTest, TroubleIsToldOnceWhereItLastsForTwoMinutes) {
  start();
  for (int i = 0; i < 2; ++i) {
    api.failures.emplace("GET " + everywhere, status(500));
    api.end_watches(status(500));
    EXPECT_EQ(log_of(110s), "") << "the DaemonSet's watch tells of a short one";
    const std::string log = log_of(1h);
    EXPECT_EQ(occurrences(log, "cannot follow the pods"), 1U) << log;
    api.failures.clear();
    scheduler.advance(2s);
    EXPECT_EQ(api.open_watches(), 1U);
  }
}

}  // namespace
}  // namespace kip::controller
