// The API server away, back, restored from a backup, or lying; and our own end in the middle of it.
#include "controller/testing/reconciler_test.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;

const std::string openshift = "/apis/route.openshift.io";

class OutageTest : public ReconcilerTest {
 protected:
  void begin_outage(const http::Answer& how) {
    for (const auto& request : {"GET " + collection, "WATCH " + collection, "GET " + deployment,
                                "GET " + daemonset, create, replace, remove_it})
      api.failures.insert_or_assign(request, how);
    api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  }
  std::size_t writes() const {
    return api.count(create) + api.count(replace) + api.count(remove_it);
  }
};

TEST_F(OutageTest, ARefreshThatFallsDueInALongOutageIsMadeWithinASecondOfTheReturn) {
  for (const auto& how : {http::Answer(http::Error{ErrorKind::unreachable, "connection refused"}),
                          http::Answer(status(503, "no backend"))}) {
    start();
    scheduler.advance(50min);
    api.requests.clear();
    ::testing::internal::CaptureStderr();
    begin_outage(how);
    scheduler.advance(20min);
    EXPECT_EQ(writes(), 0U) << "attempts that nobody receives";
    api.failures.clear();
    scheduler.advance(1s);
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(api.count(replace), 1U) << log;
    EXPECT_EQ(log.find("somebody else"), std::string::npos) << log;
    EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 5)
        << "cannot follow (once for each cause), following again, images are due, changed\n"
        << log;
    kill();
    api.remove(daemonset);
  }
}

TEST_F(OutageTest, AWriteThatFailsForLongIsNotTakenForSomebodyElsesWork) {
  start();
  api.failures.emplace(create, status(500, "etcdserver: request timed out"));
  ::testing::internal::CaptureStderr();
  api.remove(daemonset);
  scheduler.advance(3h);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("somebody else"), std::string::npos) << log;
  EXPECT_EQ(log.find("creating it"), std::string::npos) << "told before it was done\n" << log;
}

TEST_F(OutageTest, AfterEtcdWasRestoredFromABackupItFindsItsWay) {
  start();
  const json old = *api.find(daemonset);
  for (int i = 0; i < 1000; ++i) api.put("/apis/apps/v1/namespaces/other/x", json::object());
  json edited = old;
  edited["metadata"]["annotations"]["seen"] = "later";
  api.put(daemonset, edited);  // seen with a high resourceVersion
  scheduler.advance(1s);
  api.rewind(daemonset, old, 200);  // low ones again, and no event
  settings.images[0].reference = testing::reference("quay.io/eclipse/che-theia:7");
  reconciler->update(settings);
  scheduler.advance(1min);
  EXPECT_EQ(image(), "quay.io/eclipse/che-theia:7") << api.count(replace) << " PUTs";
}

TEST_F(OutageTest, AnAnswerWithoutProperMetadataIsLeftOut) {
  start();
  for (const json& wrong :
       {json{{"metadata", 7}}, json{{"metadata", {{"name", "x"}, {"labels", 7}}}}, json::array({1}),
        json{{"metadata", nullptr}}}) {
    api.failures.insert_or_assign("GET " + daemonset, http::Response{200, to_text(wrong)});
    api.failures.insert_or_assign(replace, http::Response{200, to_text(wrong)});
    settings.images[0].reference = testing::reference(settings.images[0].reference.text + "x");
    reconciler->update(settings);
    scheduler.advance(1min);
  }
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_EQ(image(), settings.images[0].reference.text);
}

TEST_F(OutageTest, AnOwnerReferenceThatAnOrphaningDeleteTookAwayIsNotPutBack) {
  start();
  json leaving = a_deployment();
  leaving["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  leaving["metadata"]["finalizers"] = {"orphan"};
  api.put(deployment, leaving);
  json orphan = *api.find(daemonset);
  orphan["metadata"].erase("ownerReferences");
  api.put(daemonset, orphan);
  scheduler.advance(1s);
  EXPECT_FALSE(has(*api.find(daemonset), "/metadata/ownerReferences"));
  api.remove(deployment);
  scheduler.advance(1min);
  EXPECT_FALSE(has(*api.find(daemonset), "/metadata/ownerReferences"));
}

TEST_F(OutageTest, AnOwnerReferenceThatSomebodyTookAwayIsPutBack) {
  start();
  json orphan = *api.find(daemonset);
  orphan["metadata"].erase("ownerReferences");
  api.put(daemonset, orphan);
  scheduler.advance(1s);
  EXPECT_TRUE(has(*api.find(daemonset), "/metadata/ownerReferences"));
}

TEST_F(OutageTest, ASignalBeforeTheDeploymentWasReadLeavesTheDaemonSet) {
  start();  // an earlier pod made it
  kill();
  api.requests.clear();
  api.failures.emplace("GET " + deployment, status(503, "etcd leader changed"));
  api.failures.emplace("GET " + openshift, status(503, "etcd leader changed"));
  begin();
  scheduler.advance(20ms);
  reconciler->shut_down([this] { ended = true; });
  scheduler.advance(5ms);
  api.failures.erase("GET " + openshift);  // this answer comes before the Deployment's
  scheduler.advance(2s);
  EXPECT_EQ(api.count(remove_it), 0U);
  api.failures.clear();
  scheduler.advance(30s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(is_there());
}

TEST_F(OutageTest, ADeploymentThatIsBackBeforeTheDeleteWasDoneKeepsItsDaemonSet) {
  start();
  api.remove(deployment);
  api.failures.emplace(remove_it, status(500));
  EXPECT_FALSE(stop(1500ms));
  api.put(deployment, a_deployment());
  scheduler.advance(3s);
  api.failures.clear();
  scheduler.advance(30s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(is_there());
}

TEST_F(OutageTest, WhatWasReadBeforeTheSignalDecidesNothingAtTheEnd) {
  start();
  api.put(deployment, a_deployment(0));
  scheduler.advance(1s);
  api.failures.emplace("GET " + deployment, status(503));
  EXPECT_FALSE(stop(5s));
  EXPECT_TRUE(is_there());
  scheduler.advance(30s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(is_there());
}

TEST_F(OutageTest, DeletesDoNotWaitForPodsOnNodesThatAreDead) {
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  start();
  scheduler.advance(2h);
  const auto bodies = api.bodies(remove_it);
  ASSERT_FALSE(bodies.empty());
  EXPECT_EQ(string_at(bodies.back(), "/propagationPolicy"), "Background");
}

TEST_F(OutageTest, ABalancerThatAnswersNowAndThenIsToldOfOnce) {
  start();
  begin_outage(http::Error{ErrorKind::unreachable, "connection refused"});
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    api.failures.insert_or_assign("GET " + collection, status(503));
    scheduler.advance(2s);
    api.failures.insert_or_assign(
        "GET " + collection,
        http::Answer(http::Error{ErrorKind::unreachable, "connection refused"}));
    scheduler.advance(2s);
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 3) << log;
}

TEST_F(OutageTest, ADeploymentNameThatIsMisspelledDoesNotTakeTheImagesAtTheEnd) {
  settings.deployment_name = "misspelt";
  start();
  ASSERT_TRUE(is_there());
  EXPECT_TRUE(stop(5s));
  EXPECT_TRUE(is_there());
}

TEST_F(OutageTest, AtAStartWhileTheServerIsAwayNothingWaitsForLong) {
  api.failures.emplace("GET " + openshift, status(503));
  api.failures.emplace("GET " + deployment, status(503));
  begin_outage(status(503));
  start();
  scheduler.advance(10min);
  api.failures.clear();
  scheduler.advance(1100ms);
  EXPECT_TRUE(is_there());
}

}  // namespace
}  // namespace kip::controller
