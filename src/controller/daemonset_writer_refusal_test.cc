// What the API server refuses or cannot do, and whether it is the right to update that lacks.
#include "controller/testing/daemonset_writer_test.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::status;

const std::string policy = "admission webhook \"w\" denied the request: no";

class DaemonSetWriterRefusalTest : public DaemonSetWriterTest {
 protected:
  // As the API server's own access control says it.
  void deny_update() {
    api.failures.insert_or_assign(
        replace, status(403,
                        "daemonsets.apps \"d\" is forbidden: User \"u\" cannot update resource "
                        "\"daemonsets\" in API group \"apps\" in the namespace \"images\""));
  }
  void answer_review(bool allowed) {
    const json body = {{"status", {{"allowed", allowed}}}};
    api.failures.insert_or_assign(review, http::Response{201, to_text(body)});
  }
  void keep_replacing() {
    keep_executing([this] { return to_replace(); });
  }
};

TEST_F(DaemonSetWriterRefusalTest, ARefusalIsToldInTheServersWordsUntilAWriteIsAccepted) {
  put();
  api.failures.emplace(replace, status(422, "spec.affinity: unknown field"));
  keep_replacing();
  scheduler.advance(1ms);
  ASSERT_TRUE(writer.refused());
  EXPECT_THAT(writer.refused()->message, HasSubstr("spec.affinity: unknown field"));
  EXPECT_EQ(writer.refused()->until, scheduler.wall_now() + 15s);
  api.failures.clear();
  scheduler.advance(15s + 10ms);
  EXPECT_FALSE(writer.refused());
  EXPECT_EQ(is(), "new");
}

TEST_F(DaemonSetWriterRefusalTest, TheWaitAfterARefusalDoublesUpToFiveMinutes) {
  put();
  api.failures.emplace(replace, status(403, policy));
  keep_replacing();
  scheduler.advance(10ms);
  std::size_t tries = 1;
  for (const auto wait : {15s, 30s, 60s, 120s, 240s, 300s, 300s}) {
    scheduler.advance(wait - 1s);
    EXPECT_EQ(api.count(replace), tries) << wait.count();
    scheduler.advance(1s + 10ms);
    EXPECT_EQ(api.count(replace), ++tries) << wait.count();
  }
}

TEST_F(DaemonSetWriterRefusalTest, AnEditIsOfferedAtOnceAndItsWaitBeginsAnew) {
  put();
  api.failures.emplace(replace, status(403, policy));
  keep_replacing();
  scheduler.advance(1min);
  on_done = nullptr;
  writer.reset();
  EXPECT_FALSE(writer.refused());
  execute(to_replace("edited"));
  ASSERT_TRUE(writer.refused());
  EXPECT_LE(writer.refused()->until, scheduler.wall_now() + 15s);
}

TEST_F(DaemonSetWriterRefusalTest, ARefusalOfEarlierSettingsDoesNotHoldUpTheNext) {
  put();
  for (const int code : {403, 422, 500}) {
    api.failures.insert_or_assign(replace, status(code, policy));
    EXPECT_TRUE(writer.execute(to_replace("earlier")));
    writer.reset();  // it is sent, and not answered
    scheduler.advance(1ms);
    EXPECT_FALSE(writer.refused()) << code;
    api.failures.clear();
    execute(to_replace("next"));
    EXPECT_EQ(is(), "next") << code;
  }
}

TEST_F(DaemonSetWriterRefusalTest, AnOutageIsToldOnceAndThatItIsOver) {
  put();
  api.failures.emplace(replace, http::Error{ErrorKind::unreachable, "connection refused"});
  ::testing::internal::CaptureStderr();
  keep_replacing();
  scheduler.advance(10min);
  EXPECT_FALSE(writer.refused());
  api.failures.clear();
  scheduler.advance(500ms);
  on_done = nullptr;
  const std::string log = ::testing::internal::GetCapturedStderr();
  const std::string trouble = "cannot write the DaemonSet; trying again";
  ASSERT_THAT(log, HasSubstr(trouble));
  EXPECT_EQ(log.find(trouble), log.rfind(trouble)) << log;
  EXPECT_THAT(log, HasSubstr("writing the DaemonSet again"));
  EXPECT_GE(api.count(replace), 1000U) << "twice a second at least";
}

TEST_F(DaemonSetWriterRefusalTest, AnswersThatFailForAMinuteAreToldLikeARefusal) {
  put();
  api.failures.emplace(replace, status(500, "failed calling webhook \"w\""));
  keep_replacing();
  scheduler.advance(55s);
  EXPECT_FALSE(writer.refused());
  scheduler.advance(1min);
  ASSERT_TRUE(writer.refused());
  EXPECT_THAT(writer.refused()->message, HasSubstr("failed calling webhook \"w\""));
}

TEST_F(DaemonSetWriterRefusalTest, AFirstFailedAnswerAfterALongSilenceIsNotToldAsARefusal) {
  put();
  api.failures.emplace(replace, http::Error{ErrorKind::unreachable, "connection refused"});
  keep_replacing();
  scheduler.advance(10min);
  api.failures.insert_or_assign(replace, status(503, "etcd has no leader"));
  scheduler.advance(10s);
  EXPECT_FALSE(writer.refused()) << writer.refused()->message;
}

TEST_F(DaemonSetWriterRefusalTest, ADenialIsTriedOnceMoreBeforeAnythingIsConcluded) {
  put();
  deny_update();
  keep_replacing();
  scheduler.advance(900ms);
  EXPECT_EQ(api.count(replace), 1U);
  EXPECT_EQ(api.count(review), 0U);
  EXPECT_TRUE(writer.may_update());
  api.failures.clear();  // it had just started
  scheduler.advance(200ms);
  on_done = nullptr;
  EXPECT_EQ(is(), "new");
  EXPECT_EQ(api.count(review), 0U);
}

TEST_F(DaemonSetWriterRefusalTest, WhereTheRoleLacksUpdateItIsNotUpdatedForTenMinutes) {
  put();
  deny_update();
  answer_review(false);
  ::testing::internal::CaptureStderr();
  execute(to_replace());
  scheduler.advance(1s);
  execute(to_replace());
  scheduler.advance(100ms);
  EXPECT_EQ(api.count(review), 1U);
  EXPECT_FALSE(writer.may_update());
  EXPECT_FALSE(writer.refused());
  execute(to_remove());
  EXPECT_TRUE(store.object().is_null()) << "what is done instead need not wait";
  scheduler.advance(9min);
  EXPECT_FALSE(writer.may_update());
  scheduler.advance(1min);
  EXPECT_TRUE(writer.may_update()) << "the Role may be mended";
  put();
  execute(to_replace());
  EXPECT_FALSE(writer.may_update());
  EXPECT_EQ(api.count(replace), 3U) << "the second denial in ten minutes needs no second try";
  const std::string log = ::testing::internal::GetCapturedStderr();
  const std::string rule = "resources: [daemonsets], verbs: [update]";
  ASSERT_THAT(log, HasSubstr(rule));
  EXPECT_EQ(log.find(rule), log.rfind(rule)) << "told once\n" << log;
}

TEST_F(DaemonSetWriterRefusalTest, APolicyThatSpeaksLikeTheAccessControlIsARefusal) {
  put();
  deny_update();
  answer_review(true);
  keep_replacing();
  scheduler.advance(1100ms);
  EXPECT_EQ(api.count(review), 1U);
  EXPECT_TRUE(writer.may_update());
  ASSERT_TRUE(writer.refused());
  EXPECT_THAT(writer.refused()->message, HasSubstr("cannot update resource"));
  const auto tries = api.count(replace);
  scheduler.advance(13s);
  EXPECT_EQ(api.count(replace), tries);
}

TEST_F(DaemonSetWriterRefusalTest, APolicyInItsOwnWordsIsNotAskedAbout) {
  put();
  api.failures.emplace(replace, status(403, policy));
  keep_replacing();
  scheduler.advance(1h);
  EXPECT_EQ(api.count(review), 0U);
  EXPECT_TRUE(writer.may_update());
}

TEST_F(DaemonSetWriterRefusalTest, WhileTheReviewIsUnderWayNothingIsStartedAndDoneComesOnce) {
  put();
  deny_update();
  answer_review(true);
  execute(to_replace());
  scheduler.advance(1s);
  EXPECT_TRUE(writer.execute(to_replace()));
  scheduler.advance(1ms);
  told.clear();
  EXPECT_TRUE(writer.is_busy());
  EXPECT_FALSE(writer.execute(to_replace()));
  scheduler.advance(1s);
  EXPECT_FALSE(writer.is_busy());
  EXPECT_THAT(told, ElementsAre("done"));
}

TEST_F(DaemonSetWriterRefusalTest, AReviewThatIsForbiddenMeansNoAndOneThatFailsMeansNothing) {
  put();
  deny_update();
  for (const int code : {500, 403}) {
    api.failures.insert_or_assign(review, status(code));
    execute(to_replace());
    scheduler.advance(1s);
    if (code == 500) execute(to_replace());
    EXPECT_EQ(writer.may_update(), code == 500) << code;
    EXPECT_FALSE(writer.refused()) << code;
    scheduler.advance(15s);
  }
}

TEST_F(DaemonSetWriterRefusalTest, AnEditDuringTheReviewIsNotHeldUpByItsAnswer) {
  for (const bool is_answered : {true, false}) {
    put();
    deny_update();
    answer_review(true);
    if (!is_answered) api.failures.insert_or_assign(review, status(500));
    execute(to_replace("earlier"));
    scheduler.advance(1s);
    EXPECT_TRUE(writer.execute(to_replace("earlier")));
    scheduler.advance(1ms);
    ASSERT_TRUE(writer.is_busy()) << "with the review";
    writer.reset();
    scheduler.advance(10ms);
    EXPECT_FALSE(writer.refused());
    api.failures.clear();
    execute(to_replace("next"));
    EXPECT_EQ(is(), "next");
  }
}

TEST_F(DaemonSetWriterRefusalTest, ARefusedUpdateDoesNotHoldBackACreate) {
  put();
  api.failures.emplace(replace, status(403, policy));
  execute(to_replace());
  ASSERT_TRUE(writer.refused());
  EXPECT_EQ(writer.refused()->kind, core::Action::Kind::replace);
  execute(to_create());
  EXPECT_EQ(api.count(create), 1U);
}

}  // namespace
}  // namespace kip::controller
