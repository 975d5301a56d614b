#include "controller/daemonset_store.h"

#include <gtest/gtest.h>

#include "core/names.h"
#include "testing/fake_api.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;

json a_daemonset(const std::string& is) {
  return {{"metadata", {{"uid", "u1"}}},
          {"spec",
           {{"is", is},
            {"selector", {{"matchLabels", {{"app", "x"}}}}},
            {"template", json::object()}}}};
}

class DaemonSetStoreTest : public ::testing::Test {
 protected:
  DaemonSetStoreTest() {
    api.put(path, a_daemonset("old"));
    all.start();
    scheduler.advance(100ms);
    before = store.object();
  }

  const std::string path = "/apis/apps/v1/namespaces/images/daemonsets/d";
  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  DaemonSets all{api, scheduler, {"images", "d"}};
  DaemonSetStore store{api, scheduler, all, "images", "d", [] {}};
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
  api.put(path, a_daemonset("new"));
  scheduler.advance(100ms);
  store.put_answer(before);
  EXPECT_EQ(string_at(store.object(), "/spec/is"), "new");
  before["metadata"]["resourceVersion"] = "1000000";
  store.put_answer(before);
  EXPECT_EQ(string_at(store.object(), "/spec/is"), "old");
}

TEST_F(DaemonSetStoreTest, TheSpecHasAnotherRevisionOnlyWhenItIsAnother) {
  const auto revision = store.spec_revision();
  json object = a_daemonset("old");
  object["status"]["numberReady"] = 2;
  api.put(path, object);
  scheduler.advance(100ms);
  ASSERT_EQ(int_at(store.object(), "/status/numberReady"), 2);
  EXPECT_EQ(store.spec_revision(), revision);
  api.put(path, a_daemonset("new"));
  scheduler.advance(100ms);
  EXPECT_NE(store.spec_revision(), revision);
}

TEST_F(DaemonSetStoreTest, AnotherOneOfTheNameIsTaken) {
  api.remove(path);
  scheduler.advance(100ms);
  before["metadata"]["uid"] = "u2";
  store.put_answer(before);
  EXPECT_FALSE(store.object().is_null());
}

// Where only our label is followed, as an operator does it.
class LabelledDaemonSetTest : public ::testing::Test {
 protected:
  json labelled(const std::string& is) const {
    json object = a_daemonset(is);
    object["metadata"]["labels"] = {{core::managed_by_label, core::managed_by_value}};
    return object;
  }
  std::string spec() const { return string_at(store.object(), "/spec/is"); }

  const std::string path = "/apis/apps/v1/namespaces/images/daemonsets/d";
  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  DaemonSets all{api, scheduler, {}};
  DaemonSetStore store{api, scheduler, all, "images", "d", [] {}};
};

TEST_F(LabelledDaemonSetTest, OneThatHasLostTheLabelIsStillThere) {
  api.put(path, labelled("ours"));
  all.start();
  scheduler.advance(100ms);
  ASSERT_EQ(spec(), "ours");
  api.put(path, a_daemonset("edited"));
  scheduler.advance(100ms);
  EXPECT_EQ(spec(), "edited");
  api.put(path, a_daemonset("edited again"));
  scheduler.advance(1min);
  EXPECT_EQ(spec(), "edited again");
  api.remove(path);
  scheduler.advance(1min);
  EXPECT_TRUE(store.object().is_null());
}

TEST_F(LabelledDaemonSetTest, WhoComesLaterReadsWhatWasToldBefore) {
  api.put("/apis/apps/v1/namespaces/images/daemonsets/late", labelled("ours"));
  all.start();
  scheduler.advance(100ms);
  DaemonSetStore late{api, scheduler, all, "images", "late", [] {}};
  EXPECT_FALSE(late.is_known());
  scheduler.advance(100ms);
  EXPECT_TRUE(late.is_known());
  EXPECT_EQ(string_at(late.object(), "/spec/is"), "ours");
  EXPECT_EQ(api.count("GET /apis/apps/v1/daemonsets"), 1U);
}

TEST_F(LabelledDaemonSetTest, WhatIsNoDaemonSetIsLeftOut) {
  api.put(path, labelled("ours"));
  all.start();
  scheduler.advance(100ms);
  json no_spec = labelled("x");
  no_spec.erase("spec");
  json no_template = labelled("x");
  no_template["spec"].erase("template");
  json strange_selector = labelled("x");
  strange_selector["spec"]["selector"] = "x";
  for (const auto& each : {no_spec, no_template, strange_selector}) {
    api.put(path, each);
    scheduler.advance(100ms);
    EXPECT_EQ(spec(), "ours");
  }
}

}  // namespace
}  // namespace kip::controller
