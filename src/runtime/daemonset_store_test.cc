#include "runtime/daemonset_store.h"

#include <gtest/gtest.h>

#include "runtime/testing/fake_api.h"

namespace kip::runtime {
namespace {

using namespace std::chrono_literals;

class DaemonSetStoreTest : public ::testing::Test {
 protected:
  DaemonSetStoreTest() {
    api.put(path, {{"metadata", {{"uid", "u1"}}}, {"spec", {{"is", "old"}}}});
    store.start();
    scheduler.advance(100ms);
    before = store.object();
  }

  const std::string path = "/apis/apps/v1/namespaces/images/daemonsets/d";
  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  DaemonSetStore store{api, scheduler, "images", "d", [] {}};
  json before;
};

TEST_F(DaemonSetStoreTest, TheAnswerToADeleteThatComesAfterTheEndWasToldBringsNothingBack) {
  api.remove(path);
  scheduler.advance(100ms);
  ASSERT_TRUE(store.object().is_null());
  before["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  store.put_answer(before);
  EXPECT_TRUE(store.object().is_null());
}

TEST_F(DaemonSetStoreTest, AnAnswerThatIsOlderThanWhatTheWatchToldIsNotTaken) {
  api.put(path, {{"metadata", {{"uid", "u1"}}}, {"spec", {{"is", "new"}}}});
  scheduler.advance(100ms);
  store.put_answer(before);
  EXPECT_EQ(string_at(store.object(), "/spec/is"), "new");
  before["metadata"]["resourceVersion"] = "1000000";
  store.put_answer(before);
  EXPECT_EQ(string_at(store.object(), "/spec/is"), "old");
}

TEST_F(DaemonSetStoreTest, AnotherOneOfTheNameIsTaken) {
  api.remove(path);
  scheduler.advance(100ms);
  before["metadata"]["uid"] = "u2";
  store.put_answer(before);
  EXPECT_FALSE(store.object().is_null());
}

}  // namespace
}  // namespace kip::runtime
