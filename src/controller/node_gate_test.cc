#include "controller/node_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_api.h"
#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::noon;
using ::testing::Not;
using testing::status;

const std::string n1 = "/api/v1/nodes/n1";
const std::string lift_n1 = "PATCH " + n1, tell_n1 = "PATCH " + n1 + "/status";
const std::string events = "POST /api/v1/namespaces/default/events";

// As the API server says that a rule is missing.
http::Response denied(const std::string& resource) {
  return status(403, "nodes \"n1\" is forbidden: User \"u\" cannot patch resource \"" + resource +
                         "\" in API group \"\" at the cluster scope");
}

config::Settings gate_settings() {
  config::Settings settings = testing::some_settings();
  settings.images = {{"a", testing::reference("reg/a:1")}, {"b", testing::reference("reg/b:1")}};
  settings.node_gate.taint = *types::parse_taint("image-puller/not-warm:NoSchedule");
  return settings;
}

class NodeGateTest : public ::testing::Test {
 protected:
  // One process of the service, as far as the gate goes.
  struct Process {
    Process(testing::FakeApi& api, testing::FakeScheduler& scheduler, config::Settings settings)
        : pods(api, scheduler, {"images", ""}), gate(api, scheduler, pods, settings) {
      gate.start();
    }
    PodInformer pods;
    NodeGate gate;
  };

  void SetUp() override { scheduler.set_wall_start(noon()); }
  void start(config::Settings settings = gate_settings()) {
    process.emplace(api, scheduler, settings);
    scheduler.advance(100ms);
  }
  // With a node that came so long ago.
  void start_with_n1(Duration passed) {
    start();
    add_node("n1");
    scheduler.advance(passed);
  }
  WallTime now() const { return scheduler.wall_now(); }

  void add_node(const std::string& name, bool has_taint = true, const std::string& uid = "") {
    json node = {{"metadata", {{"creationTimestamp", to_rfc3339(now())}}}};
    node["metadata"]["uid"] = uid.empty() ? "uid-of-" + name : uid;
    node["spec"]["taints"] = json::array({{{"key", "theirs"}, {"effect", "NoSchedule"}}});
    if (has_taint) node["spec"]["taints"].push_back(the_taint);
    node["status"]["conditions"] = json::array({testing::condition("Ready", true, now())});
    api.put("/api/v1/nodes/" + name, node);
  }
  void edit(const std::string& name, const std::function<void(json&)>& change) {
    json node = *api.find("/api/v1/nodes/" + name);
    change(node);
    api.put("/api/v1/nodes/" + name, node);
  }
  void put_pod(const std::string& node, json pod) {
    pod["metadata"]["creationTimestamp"] = to_rfc3339(now());
    pod["metadata"]["ownerReferences"] = json::array({{{"kind", "DaemonSet"}, {"name", "d"}}});
    api.put("/api/v1/namespaces/images/pods/p-" + node, pod);
  }
  void make_warm(const std::string& node) {
    put_pod(node, testing::running_pod(node, "reg/a@sha256:a", "reg/b@sha256:b"));
  }
  bool has_taint(const std::string& name = "n1") const {
    const json& taints = array_at(*api.find("/api/v1/nodes/" + name), "/spec/taints");
    return std::find(taints.begin(), taints.end(), the_taint) != taints.end();
  }
  // "True ImagesPresent"; empty: there is no such condition.
  std::string told(const std::string& name = "n1") const {
    for (const auto& one : array_at(*api.find("/api/v1/nodes/" + name), "/status/conditions"))
      if (one["type"] == core::images_warm)
        return string_at(one, "/status") + " " + string_at(one, "/reason");
    return "";
  }
  std::string log_of(const std::function<void()>& what) {
    ::testing::internal::CaptureStderr();
    what();
    return ::testing::internal::GetCapturedStderr();
  }

  static void expect_once(const std::string& log, const std::string& text) {
    ASSERT_THAT(log, HasSubstr(text));
    EXPECT_EQ(log.find(text), log.rfind(text)) << log;
  }

  const json the_taint = {{"key", "image-puller/not-warm"}, {"effect", "NoSchedule"}};
  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  std::optional<Process> process;
};

TEST_F(NodeGateTest, ANodeThatComesWaitsAndIsOpenedMillisecondsAfterItsImagesAreThere) {
  start_with_n1(100ms);
  EXPECT_TRUE(has_taint());
  EXPECT_EQ(told(), "False Waiting");
  make_warm("n1");
  scheduler.advance(2ms);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(array_at(*api.find(n1), "/spec/taints").size(), 1U) << "that of others stays";
  scheduler.advance(100ms);
  EXPECT_EQ(told(), "True ImagesPresent");
  EXPECT_EQ(array_at(*api.find(n1), "/status/conditions").size(), 2U) << "and so do conditions";
  EXPECT_EQ(api.count(lift_n1), 1U);
  EXPECT_EQ(api.count(tell_n1), 2U);
  scheduler.advance(1h);
  EXPECT_EQ(api.count(lift_n1) + api.count(tell_n1), 3U) << "nothing more";
  EXPECT_EQ(api.count(events), 0U);
}

TEST_F(NodeGateTest, AfterTheDeadlineItIsOpenedWithAWarning) {
  start();
  add_node("n1");
  put_pod("n1", testing::waiting_pod("n1", "ErrImagePull", "no such host"));
  scheduler.advance(5min - 1s);
  EXPECT_TRUE(has_taint());
  const std::string log = log_of([&] { scheduler.advance(2s); });
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(told(), "False DeadlinePassed");
  EXPECT_THAT(log, HasSubstr("took its taint off, though images are missing"));
  EXPECT_THAT(log, HasSubstr("ErrImagePull: no such host"));
  ASSERT_EQ(api.count(events), 1U);
  const json event = api.bodies(events).front();
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["involvedObject"],
            json({{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "n1"}, {"uid", "uid-of-n1"}}));
  make_warm("n1");
  scheduler.advance(100ms);
  EXPECT_EQ(told(), "True ImagesPresent");
}

TEST_F(NodeGateTest, WherePodsMayNotBeReadTheDeadlineOpensIt) {
  api.failures.emplace("GET /api/v1/namespaces/images/pods", status(403));
  start_with_n1(1min);
  EXPECT_EQ(told(), "False Waiting") << "so that a restart does not prolong it";
  scheduler.advance(4min + 1s);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(told(), "False DeadlinePassed");
}

TEST_F(NodeGateTest, ANodeThatIsToBeReadAgainForOtherPlacementsKeepsItsDeadline) {
  config::Settings settings = gate_settings();
  start_with_n1(100ms);
  api.failures.emplace("GET /api/v1/nodes", status(503));
  settings.node_selector = {{"disk", "ssd"}};
  process->gate.update(settings);
  scheduler.advance(4min);
  EXPECT_TRUE(has_taint());
  scheduler.advance(1min + 1s);
  EXPECT_FALSE(has_taint());
}

TEST_F(NodeGateTest, TaintsThatOthersChangeAtTheSameTimeAreKept) {
  start_with_n1(100ms);
  // What the gate has seen is behind: somebody put a taint before ours.
  json node = *api.find(n1);
  const json other = {{"key", "new"}, {"effect", "NoExecute"}};
  node["spec"]["taints"].insert(node["spec"]["taints"].begin(), other);
  api.put_quietly(n1, node);
  make_warm("n1");
  scheduler.advance(100ms);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(array_at(*api.find(n1), "/spec/taints").size(), 2U);
  EXPECT_EQ(array_at(*api.find(n1), "/spec/taints")[0], other);
  EXPECT_EQ(api.count(lift_n1), 2U);
  EXPECT_EQ(api.count("GET " + n1), 0U) << "the role has no get";
}

TEST_F(NodeGateTest, AnotherNodeOfTheSameNameIsNotOpenedByWhatTheFirstHad) {
  start_with_n1(4min);
  make_warm("n1");
  scheduler.advance(100ms);
  EXPECT_FALSE(has_taint());
  scheduler.advance(1min);
  // The pod of the old node is still there, as its end is not noticed yet.
  api.remove(n1);
  add_node("n1", true, "uid-2");
  scheduler.advance(4min);
  EXPECT_TRUE(has_taint()) << "its disk is empty";
  EXPECT_EQ(told(), "False Waiting");
  scheduler.advance(1min + 1s);
  EXPECT_FALSE(has_taint()) << "its own deadline";
}

TEST_F(NodeGateTest, ANodeThatWasReplacedUnseenIsNotWrittenTo) {
  start_with_n1(100ms);
  json other = *api.find(n1);
  other["metadata"]["uid"] = "uid-2";
  other["metadata"]["creationTimestamp"] = to_rfc3339(now() + 1h);
  other["status"]["conditions"].erase(1);
  api.put_quietly(n1, other);
  make_warm("n1");
  scheduler.advance(100ms);
  EXPECT_TRUE(has_taint());
  EXPECT_EQ(api.count("GET /api/v1/nodes"), 2U) << "what is there is read";
  EXPECT_EQ(told(), "False Waiting") << "of the new one";
}

TEST_F(NodeGateTest, ANodeThatGoesWhileARequestIsUnderWayIsForgotten) {
  start_with_n1(100ms);
  make_warm("n1");
  scheduler.advance(0ms);
  ASSERT_EQ(api.count(lift_n1), 1U);
  api.remove(n1);
  scheduler.advance(1h);
  EXPECT_EQ(api.count(lift_n1), 1U);
}

TEST_F(NodeGateTest, AProcessThatEndsBetweenTheTwoPatchesLeavesTheRestToTheNext) {
  start_with_n1(100ms);
  make_warm("n1");
  scheduler.advance(1ms);
  ASSERT_FALSE(has_taint());
  process.reset();  // before the condition is written
  scheduler.advance(1s);
  ASSERT_EQ(told(), "False Waiting");
  start();
  EXPECT_EQ(told(), "True ImagesPresent");
  EXPECT_EQ(api.count(lift_n1), 1U);
}

TEST_F(NodeGateTest, ADeadlineGoesOnOverARestart) {
  start_with_n1(3min);
  process.reset();
  scheduler.advance(1min);
  start();
  scheduler.advance(58s);
  EXPECT_TRUE(has_taint());
  scheduler.advance(3s);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(told(), "False DeadlinePassed");
}

TEST_F(NodeGateTest, AClockThatIsSetMovesNoDeadline) {
  start_with_n1(1min);
  scheduler.set_wall_start(noon() + 2h);
  edit("n1", [](json& node) { node["metadata"]["labels"]["x"] = "y"; });
  scheduler.advance(3min);
  EXPECT_TRUE(has_taint());
  scheduler.set_wall_start(noon() - 2h);
  scheduler.advance(1min + 1s);
  EXPECT_FALSE(has_taint());
}

TEST_F(NodeGateTest, AClockBehindTheTimeOfTheTaintCausesNoWrites) {
  start();
  add_node("n1", false);
  edit("n1", [&](json& node) {
    json taint = the_taint;
    taint["timeAdded"] = to_rfc3339(now() + 10s);
    node["spec"]["taints"].push_back(taint);
  });
  scheduler.advance(1min);
  EXPECT_EQ(told(), "False Waiting");
  EXPECT_LE(api.count(tell_n1), 1U);
}

TEST_F(NodeGateTest, OfTwoProcessesOneOpensTheNodeAndOneTellsOfIt) {
  start();
  Process second(api, scheduler, gate_settings());
  scheduler.advance(100ms);
  add_node("n1");
  put_pod("n1", testing::waiting_pod("n1", "ErrImagePull", "no such host"));
  scheduler.advance(5min + 2s);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(api.count(events), 1U);
  EXPECT_EQ(told(), "False DeadlinePassed");
  const auto writes = api.count(tell_n1) + api.count(lift_n1);
  EXPECT_LE(writes, 6U);
  scheduler.advance(1h);
  EXPECT_EQ(api.count(tell_n1) + api.count(lift_n1), writes) << "they agree";
}

TEST_F(NodeGateTest, ATaintThatSomebodyPutsBackIsTakenOffAgainButNotForEverAtOnce) {
  start();
  add_node("n1");
  make_warm("n1");
  scheduler.advance(100ms);
  ASSERT_FALSE(has_taint());
  for (int i = 0; i < 100; ++i) {
    if (!has_taint()) edit("n1", [&](json& node) { node["spec"]["taints"].push_back(the_taint); });
    scheduler.advance(100ms);
  }
  EXPECT_GE(api.count(lift_n1), 25U);
  EXPECT_LE(api.count(lift_n1), 30U) << "in ten seconds";
  scheduler.advance(10s);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(told(), "True ImagesPresent");
}

TEST_F(NodeGateTest, WithoutTheRightItIsToldOnceWithTheRuleAndTriedAgain) {
  api.failures.emplace(lift_n1, denied("nodes"));
  std::string log = log_of([&] {
    start();
    add_node("n1");
    make_warm("n1");
    scheduler.advance(24h);
  });
  expect_once(log, "resources: [nodes], verbs: [patch]");
  EXPECT_LE(api.count(lift_n1), 60U);
  api.failures.clear();
  scheduler.advance(2h);
  EXPECT_FALSE(has_taint());
}

TEST_F(NodeGateTest, APolicyThatForbidsOneNodeHoldsNoOtherUpAndIsToldInItsWords) {
  api.failures.emplace(lift_n1, status(403, "denied by the policy"));
  const std::string log = log_of([&] {
    start();
    for (const char* node : {"n1", "n2"}) {
      add_node(node);
      make_warm(node);
    }
    scheduler.advance(1h);
  });
  EXPECT_TRUE(has_taint("n1"));
  EXPECT_FALSE(has_taint("n2"));
  expect_once(log, "denied by the policy");
  EXPECT_LE(api.count(lift_n1), 30U);
  ASSERT_EQ(api.count(events), 1U);
  EXPECT_EQ(api.bodies(events).front()["reason"], "TaintNotRemoved");
  api.failures.clear();
  scheduler.advance(10min);
  EXPECT_FALSE(has_taint("n1"));
}

TEST_F(NodeGateTest, AWebhookThatDoesNotAnswerIsToldWhenItStays) {
  api.failures.emplace(lift_n1, status(500, "failed calling webhook"));
  const std::string log = log_of([&] {
    start_with_n1(1s);
    make_warm("n1");
    scheduler.advance(5min);
  });
  expect_once(log, "failed calling webhook");
}

TEST_F(NodeGateTest, ARoleThatTheServerLearnsOfLateCostsSecondsAlone) {
  api.failures.emplace(lift_n1, denied("nodes"));
  api.failures.emplace(tell_n1, denied("nodes/status"));
  start();
  add_node("n1");
  make_warm("n1");
  scheduler.advance(5s);
  api.failures.clear();
  scheduler.advance(10s);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(told(), "True ImagesPresent");
}

TEST_F(NodeGateTest, APolicyAgainstOneNodeIsToldInItsWordsAndHoldsUpNoOther) {
  for (const int code : {403, 422}) {
    SCOPED_TRACE(code);
    api.failures.insert_or_assign(lift_n1, status(code, "policy \"p\" denied the request: mine"));
    const std::string log = log_of([&] {
      start();
      add_node("n1");
      make_warm("n1");
      scheduler.advance(5min);
      add_node("n2");
      make_warm("n2");
      scheduler.advance(1s);
      EXPECT_FALSE(has_taint("n2"));
      scheduler.advance(1h);
    });
    expect_once(log, "denied the request: mine");
    EXPECT_THAT(log, Not(HasSubstr("ClusterRole")));
    EXPECT_TRUE(has_taint());
    api.failures.clear();
    scheduler.advance(6min);
    EXPECT_FALSE(has_taint());
  }
}

TEST_F(NodeGateTest, APolicyAgainstTheConditionIsTold) {
  api.failures.emplace(tell_n1, status(422, "policy \"p\" denied the request: mine"));
  const std::string log = log_of([&] {
    start_with_n1(10s);
    make_warm("n1");
    scheduler.advance(1h);
  });
  EXPECT_FALSE(has_taint());
  expect_once(log, "denied the request: mine");
}

TEST_F(NodeGateTest, WithoutTheRightToTheStatusTheTaintGoesAllTheSame) {
  api.failures.emplace(tell_n1, denied("nodes/status"));
  const std::string log = log_of([&] {
    start_with_n1(10s);
    make_warm("n1");
    scheduler.advance(1h);
  });
  EXPECT_FALSE(has_taint());
  expect_once(log, "resources: [nodes/status], verbs: [patch]");
}

TEST_F(NodeGateTest, WithoutTheRightToReadNodesItIsToldOnceWithTheRule) {
  api.failures.emplace("GET /api/v1/nodes", status(403));
  const std::string log = log_of([&] {
    start();
    scheduler.advance(24h);
  });
  expect_once(log, "resources: [nodes], verbs: [list, watch]");
}

TEST_F(NodeGateTest, AnOutageIsWaitedOut) {
  start_with_n1(100ms);
  api.failures.emplace(lift_n1, status(503));
  make_warm("n1");
  scheduler.advance(10s);
  EXPECT_TRUE(has_taint());
  EXPECT_LE(api.count(lift_n1), 12U);
  api.failures.clear();
  scheduler.advance(35s);
  EXPECT_FALSE(has_taint());
}

TEST_F(NodeGateTest, WhatWentWhileNobodyWatchedIsForgottenWithTheNextList) {
  start();
  add_node("n1");
  add_node("n2");
  scheduler.advance(100ms);
  api.end_watches(http::Error{ErrorKind::transient, "connection reset"});
  api.remove(n1);
  scheduler.advance(2s);
  make_warm("n1");
  make_warm("n2");
  scheduler.advance(1s);
  EXPECT_EQ(api.count(lift_n1), 0U);
  EXPECT_FALSE(has_taint("n2"));
}

TEST_F(NodeGateTest, OtherImagesOrPlacementsCountAtOnce) {
  config::Settings settings = gate_settings();
  start(settings);
  add_node("n1");
  put_pod("n1", testing::running_pod("n1", "reg/a@sha256:a", ""));
  scheduler.advance(1s);
  ASSERT_TRUE(has_taint());
  settings.node_gate.images = {"a"};
  process->gate.update(settings);
  scheduler.advance(100ms);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(api.count("GET /api/v1/nodes"), 1U);

  add_node("n2");
  scheduler.advance(100ms);
  ASSERT_EQ(told("n2"), "False Waiting");
  settings.node_selector = {{"disk", "ssd"}};
  process->gate.update(settings);
  scheduler.advance(100ms);
  EXPECT_EQ(api.count("GET /api/v1/nodes"), 2U) << "labels are not kept";
  EXPECT_FALSE(has_taint("n2")) << "no image is meant for it";
  EXPECT_EQ(told("n2"), "True NoImages");
}

TEST_F(NodeGateTest, ManyNodesAreOpenedAtOnceAndToldLittleByLittle) {
  start();
  for (int i = 0; i < 1000; ++i) {
    add_node("m" + std::to_string(i), i < 100);
    make_warm("m" + std::to_string(i));
  }
  scheduler.advance(100ms);
  std::size_t open = 0, warm = 0;
  const auto count = [&] {
    open = warm = 0;
    for (int i = 0; i < 1000; ++i) {
      if (!has_taint("m" + std::to_string(i))) ++open;
      if (told("m" + std::to_string(i)) == "True ImagesPresent") ++warm;
    }
  };
  count();
  EXPECT_EQ(open, 1000U);
  EXPECT_LE(warm, 60U);
  scheduler.advance(50s);
  count();
  EXPECT_EQ(warm, 1000U);
}

TEST_F(NodeGateTest, ANodeThatWaitsForItsTurnGetsItWhateverBecomesOfThoseBeforeIt) {
  start();
  for (int i = 1; i <= 18; ++i) add_node("n" + std::to_string(100 + i));
  scheduler.advance(1s);
  for (int i = 1; i <= 16; ++i) make_warm("n" + std::to_string(100 + i));
  scheduler.advance(0ms);
  // No place for these yet, and one of them has much news meanwhile.
  make_warm("n117");
  for (int i = 0; i < 20; ++i) {
    edit("n117", [i](json& node) { node["metadata"]["labels"]["news"] = std::to_string(i); });
    scheduler.advance(0ms);
  }
  make_warm("n118");
  scheduler.advance(0ms);
  EXPECT_TRUE(has_taint("n118"));
  scheduler.advance(1s);
  EXPECT_FALSE(has_taint("n117"));
  EXPECT_FALSE(has_taint("n118"));
}

TEST_F(NodeGateTest, ANodeThatIsBeingDeletedIsLeftAlone) {
  start();
  add_node("n1");
  edit("n1", [&](json& node) { node["metadata"]["deletionTimestamp"] = to_rfc3339(now()); });
  make_warm("n1");
  scheduler.advance(10min);
  EXPECT_TRUE(has_taint());
  EXPECT_EQ(api.count(tell_n1), 0U);
}

}  // namespace
}  // namespace kip::controller
