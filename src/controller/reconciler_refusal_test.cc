// What the API server refuses, and who refuses it.
#include "controller/testing/reconciler_test.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;

const std::string words =
    "admission webhook \"validation.gatekeeper.sh\" denied the request: [repos] image "
    "\"evil.io/x:1\" is not from an allowed registry";

class RefusalTest : public ReconcilerTest {
 protected:
  void deny(const std::string& message = words) {
    api.failures.insert_or_assign(replace, status(403, message, "Forbidden"));
    api.failures.insert_or_assign(create, status(403, message, "Forbidden"));
  }
  void edit() {
    settings.images.push_back({"x", testing::reference("evil.io/x:1")});
    reconciler->update(settings);
  }
  void answer_review(bool allowed) {
    const json body = {{"status", {{"allowed", allowed}}}};
    api.failures.insert_or_assign(review, http::Response{201, to_text(body)});
  }
};

TEST_F(RefusalTest, APolicyThatRefusesAnEditDoesNotTakeTheImagesAway) {
  start();
  deny();
  ::testing::internal::CaptureStderr();
  edit();
  scheduler.advance(10min);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(is_there());
  EXPECT_EQ(api.count(remove_it), 0U);
  EXPECT_EQ(api.count(review), 0U) << "these are no words of the access control";
  EXPECT_LE(api.count(replace), 8U) << "offered again, and less and less often";
  EXPECT_NE(log.find("finding=Refused"), std::string::npos) << log;
  EXPECT_NE(log.find("is not from an allowed registry"), std::string::npos) << log;
  EXPECT_EQ(log.find("Role"), std::string::npos) << log;
}

TEST_F(RefusalTest, ThePolicysWordsAreInAnEvent) {
  start();
  deny();
  edit();
  scheduler.advance(1s);
  const auto events = api.bodies("POST /api/v1/namespaces/images/events");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(string_at(events.back(), "/reason"), "Refused");
  EXPECT_EQ(string_at(events.back(), "/type"), "Warning");
  EXPECT_NE(string_at(events.back(), "/message").find(words), std::string::npos);
}

TEST_F(RefusalTest, APolicyThatCameLaterDoesNotTakeTheImagesAwayAtTheNextRefresh) {
  start();
  deny("[freeze] no changes on Fridays");
  scheduler.advance(2h);
  EXPECT_TRUE(is_there());
  api.failures.clear();
  scheduler.advance(6min);
  EXPECT_NE(string_at(*api.find(daemonset), "/metadata/resourceVersion"), "");
  EXPECT_EQ(api.count(remove_it), 0U);
}

TEST_F(RefusalTest, AnEditThatIsAllowedIsTakenAtOnce) {
  start();
  deny();
  edit();
  scheduler.advance(3min);
  api.failures.clear();
  settings.images.pop_back();
  settings.images[0].reference = testing::reference("quay.io/eclipse/che-theia:8");
  reconciler->update(settings);
  scheduler.advance(100ms);
  EXPECT_EQ(image(), "quay.io/eclipse/che-theia:8");
}

TEST_F(RefusalTest, WithRecreateNothingIsDeletedThatCouldNotBeMadeAnew) {
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  start();
  deny();
  scheduler.advance(3h);
  EXPECT_TRUE(is_there());
  EXPECT_EQ(api.count(remove_it), 0U);
  api.failures.clear();
  scheduler.advance(10min);
  EXPECT_TRUE(is_there());
  EXPECT_EQ(api.count(remove_it), 1U);
}

TEST_F(RefusalTest, APolicyIsNoReasonToDeleteForARoleWithoutUpdateEither) {
  start();
  api.failures.emplace(replace, status(403, denied_by_rbac, "Forbidden"));
  api.failures.emplace(create, status(403, words, "Forbidden"));
  answer_review(false);
  edit();
  scheduler.advance(10min);
  EXPECT_TRUE(is_there());
  EXPECT_EQ(api.count(remove_it), 0U);
}

TEST_F(RefusalTest, APolicyThatSpeaksLikeTheAccessControlIsFoundOut) {
  start();
  deny(denied_by_rbac);
  answer_review(true);
  edit();
  scheduler.advance(10min);
  EXPECT_TRUE(is_there());
  EXPECT_EQ(api.count(remove_it), 0U);
  EXPECT_GE(api.count(review), 1U);
}

TEST_F(RefusalTest, AQuotaThatIsFullIsToldWhereThereIsNoDaemonSetYet) {
  api.failures.emplace(create, status(403, "exceeded quota: count/daemonsets.apps=0"));
  ::testing::internal::CaptureStderr();
  start();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("exceeded quota: count/daemonsets.apps=0"), std::string::npos) << log;
}

TEST_F(RefusalTest, ADeleteThatIsRefusedAtTheEndIsSaid) {
  start();
  api.remove(deployment);
  api.failures.emplace(remove_it, status(403, words, "Forbidden"));
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(stop(1s));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("refuses to delete"), std::string::npos) << log;
  EXPECT_TRUE(is_there());
}

TEST_F(RefusalTest, AWebhookThatIsDeadForLongerThanAMinuteIsToldInItsWords) {
  start();
  const std::string dead = "failed calling webhook \"w.example\": connection refused";
  api.failures.insert_or_assign(replace, status(500, dead, "InternalError"));
  edit();
  scheduler.advance(50s);
  EXPECT_TRUE(api.bodies("POST /api/v1/namespaces/images/events").empty() ||
              string_at(api.bodies("POST /api/v1/namespaces/images/events").back(), "/reason") !=
                  "Refused");
  scheduler.advance(2min);
  const auto events = api.bodies("POST /api/v1/namespaces/images/events");
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(string_at(events.back(), "/reason"), "Refused");
  EXPECT_NE(string_at(events.back(), "/message").find(dead), std::string::npos);
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_EQ(image(), settings.images[0].reference.text);
}

TEST_F(RefusalTest, AForeignDaemonSetIsNotReportedAsOurs) {
  api.put(
      daemonset,
      {{"spec", {{"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", json::object()}}},
       {"status",
        {{"desiredNumberScheduled", 3}, {"updatedNumberScheduled", 3}, {"numberReady", 3}}}});
  ::testing::internal::CaptureStderr();
  start();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("NotOurs"), std::string::npos) << log;
  EXPECT_EQ(log.find("every image"), std::string::npos) << log;
}

TEST_F(RefusalTest, AnEditDuringTheDryRunIsTriedOutItselfBeforeAnythingIsDeleted) {
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  start();
  // Stops in the middle: the dry run of the refresh is sent, and not answered.
  scheduler.advance(50min);
  for (const auto before = api.count(create); api.count(create) == before;)
    scheduler.advance(Duration{1});
  ASSERT_EQ(api.count(remove_it), 0U);
  api.failures.emplace(create, http::Response{201, "{}"});  // the answer to what was sent
  edit();
  scheduler.advance(Duration{1});
  deny();
  scheduler.advance(10min);
  EXPECT_TRUE(is_there());
  EXPECT_EQ(api.count(remove_it), 0U);
}

}  // namespace
}  // namespace kip::controller
