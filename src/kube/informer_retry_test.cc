// How often an Informer asks, and what it says of the server, while something is in the way.
#include "kube/testing/informer_test.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;
using testing::status;

const http::Error silence{ErrorKind::unreachable, "connection refused"};

class InformerRetryTest : public InformerTest {
 protected:
  // Requests for a page and for a watch.
  std::size_t asked() const { return api.count(list) + api.watch_paths.size(); }
  void begin_optional() { begin({.collection = {pods, "images"}, .optional = true}); }
};

TEST_F(InformerRetryTest, TheServerIsAwayFromItsFirstFailureToTheNextCompleteList) {
  for (const http::Answer& how : {http::Answer(silence), http::Answer(status(503))}) {
    begin({.collection = {pods, "images"}});
    start();
    EXPECT_FALSE(informer->is_away());
    api.failures.insert_or_assign(list, how);
    api.end_watches(how);
    EXPECT_TRUE(informer->is_away());
    EXPECT_TRUE(informer->is_synced()) << "what was told still is";
    scheduler.advance(10min);
    EXPECT_TRUE(informer->is_away());
    api.failures.clear();
    scheduler.advance(1s);
    EXPECT_FALSE(informer->is_away());
  }
}

TEST_F(InformerRetryTest, AServerThatIsAwayIsAskedOnceOrTwiceASecond) {
  for (const http::Answer& how : {http::Answer(silence), http::Answer(status(503))}) {
    begin({.collection = {pods, "images"}});
    api.failures.insert_or_assign(list, how);
    start();
    const auto before = asked();
    scheduler.advance(1min);
    EXPECT_GE(asked() - before, 60U);
    EXPECT_LE(asked() - before, 150U);
  }
}

TEST_F(InformerRetryTest, AServerThatSaysWhenToComeAgainIsNotAskedBefore) {
  http::Response later = status(503);
  later.retry_after = 20s;
  api.failures.emplace(list, later);
  start();
  scheduler.advance(19s);
  EXPECT_EQ(api.count(list), 1U);
  scheduler.advance(3s);
  EXPECT_EQ(api.count(list), 2U);
}

TEST_F(InformerRetryTest, ARefusalIsToldAndTriedAgainLessAndLessOftenAndIsNoOutage) {
  for (const int code : {403, 404, 429}) {
    begin({.collection = {pods, "images"}});
    errors.clear();
    api.failures.insert_or_assign(list, status(code));
    start();
    EXPECT_THAT(errors, SizeIs(1)) << code;
    scheduler.advance(10min);
    EXPECT_FALSE(informer->is_away()) << code;
    EXPECT_FALSE(informer->is_refused()) << code << ": it is not optional";
    EXPECT_LE(errors.size(), 50U) << code;
    const auto before = errors.size();
    scheduler.advance(30s);
    EXPECT_GT(errors.size(), before) << code << ": at least twice a minute";
  }
}

TEST_F(InformerRetryTest, AnOptionalOneBelievesA403AfterTheFourthInARowAndThenAsksRarely) {
  begin_optional();
  api.failures.emplace(list, status(403));
  start();
  scheduler.advance(6s);
  EXPECT_EQ(api.count(list), 3U);
  EXPECT_FALSE(informer->is_refused());
  scheduler.advance(2s);
  EXPECT_EQ(api.count(list), 4U);
  EXPECT_TRUE(informer->is_refused());
  scheduler.advance(9min);
  EXPECT_EQ(api.count(list), 4U);
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_TRUE(informer->is_synced()) << "the Role was mended";
}

TEST_F(InformerRetryTest, TheRightToWatchIsAnotherOneThanTheRightToList) {
  const std::function<void()> proofs[] = {[this] { put("a"); }, [this] { end_watches(); }};
  for (const auto& prove : proofs) {
    begin_optional();
    api.failures.insert_or_assign(watch, status(403));
    start();
    scheduler.advance(8s);
    EXPECT_TRUE(informer->is_synced());
    EXPECT_TRUE(informer->is_refused());
    api.failures.clear();
    scheduler.advance(10min);
    ASSERT_EQ(api.open_watches(), 1U);
    EXPECT_TRUE(informer->is_refused()) << "a list is no proof";
    prove();
    EXPECT_FALSE(informer->is_refused());
  }
}

TEST_F(InformerRetryTest, AnEventAndNotAConnectionEndsTheBackOff) {
  for (const bool is_told : {false, true}) {
    begin({.collection = {pods, "images"}});
    api.failures.insert_or_assign(list, status(429));
    start();
    scheduler.advance(1min);
    api.failures.clear();
    while (api.open_watches() == 0) scheduler.advance(1s);
    scheduler.advance(10s);
    if (is_told) put("a");
    const auto before = api.count(list);
    api.end_watches(status(429));
    scheduler.advance(1s);
    EXPECT_EQ(api.count(list) - before, is_told ? 1U : 0U);
  }
}

TEST_F(InformerRetryTest, AServerThatEndsEachWatchAtOnceIsNotAskedTwentyTimesASecond) {
  for (const int code : {410, 200}) {
    begin({.collection = {pods, "images"}});
    api.failures.insert_or_assign(watch, http::Response{code, ""});
    start();
    const auto before = asked();
    scheduler.advance(10min);
    EXPECT_LT(asked() - before, 200U) << code;
    api.failures.clear();
    scheduler.advance(1min);
    EXPECT_EQ(api.open_watches(), 1U) << code;
  }
}

TEST_F(InformerRetryTest, AWatchThatToldSomethingAndEndsSoonIsTakenUpAtOnceButNotForEver) {
  start();
  const auto tell_and_end = [this] {
    put("a");
    end_watches();
    scheduler.advance(60ms);
  };
  for (int i = 0; i < 5; ++i) {
    tell_and_end();
    EXPECT_EQ(api.open_watches(), 1U) << i;
  }
  for (int i = 0; i < 100; ++i) tell_and_end();
  EXPECT_LE(api.watch_paths.size(), 20U) << "in six seconds";
}

}  // namespace
}  // namespace kip::kube
