// CACHE_MODE=agent at work: pins that are taken away when the mode or the DaemonSet goes, and who
// says what is root on the nodes.
#include "core/pins.h"

#include <gmock/gmock.h>

#include "controller/deployment_surroundings.h"
#include "controller/pin_release.h"
#include "controller/service.h"
#include "core/held_images.h"
#include "core/names.h"
#include "testing/fake_api.h"
#include "testing/pods.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;

const std::string collection = "/apis/apps/v1/namespaces/images/daemonsets/";
const std::string ours = collection + "kip";
const std::string releasing = collection + "kip-release";

class PinsTest : public ::testing::Test {
 protected:
  PinsTest() {
    scheduler.set_wall_start(noon());
    api.counts_generations = true;
    deployment = json::parse(R"({"metadata":{"uid":"d1"},"spec":{"replicas":1,"template":{"spec":
      {"containers":[{"name":"kip","image":"reg.test/kubernetes-image-puller:1",
      "env":[{"name":"DEPLOYMENT_NAME","value":"kip"}],
      "envFrom":[{"configMapRef":{"name":"c"}}]}]}}}})");
  }
  void set(const std::string& mode, const std::string& name = "kip", json others = json::object()) {
    configured = {{"IMAGES", "a=reg.test/a:1"},
                  {"CACHE_MODE", mode},
                  {"REFRESH", "Always"},
                  {"MAX_NODES_PULLING", "100%"},
                  {"DAEMONSET_NAME", name}};
    configured.update(others);
    api.put("/api/v1/namespaces/images/configmaps/c", {{"data", configured}});
    scheduler.advance(100ms);
  }
  void start() {
    api.put("/apis/apps/v1/namespaces/images/deployments/kip", deployment);
    service = std::make_unique<Service>(api, scheduler, nullptr, environment(), "images",
                                        service_settings());
    service->start();
    scheduler.advance(100ms);
  }
  void start_pinned() {
    set("agent");
    start();
    roll_out(ours);
  }
  // As the DaemonSet controller, on two nodes.
  void roll_out(const std::string& path, int ready = 2) {
    json object = *api.find(path);
    object["status"] = {{"observedGeneration", int_at(object, "/metadata/generation")},
                        {"desiredNumberScheduled", 2},
                        {"updatedNumberScheduled", ready},
                        {"numberReady", ready}};
    api.put(path, object);
    scheduler.advance(5s);
  }
  Environment environment() const {
    Environment all = {{"DEPLOYMENT_NAME", "kip"}};
    for (const auto& [key, value] : configured.items()) all[key] = value;
    return all;
  }
  config::Settings service_settings() const {
    return *config::read_settings(environment(), "images").settings;
  }
  // As before an uninstall.
  void release_all() {
    release = std::make_unique<PinRelease>(api, scheduler, service_settings());
    release->start([&](bool clean) { is_clean = clean; });
    scheduler.advance(100ms);
  }
  bool is_there(const std::string& path) const { return api.find(path) != nullptr; }
  std::string pinned() const { return core::pinned_by(*api.find(ours)); }
  json second_init(const std::string& path) const {
    return array_at(*api.find(path), "/spec/template/spec/initContainers").at(1);
  }
  json fetch() const { return second_init(ours); }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  json deployment, configured;
  std::unique_ptr<Service> service;
  std::unique_ptr<PinRelease> release;
  std::optional<bool> is_clean;  // of the release
};

TEST_F(PinsTest, AChangeOfTheModeTakesThemAwayWhenAllNodesHoldTheImagesInTheNewWay) {
  start_pinned();
  EXPECT_EQ(pinned(), "images.kip");
  set("sleep");
  roll_out(ours, 1);
  EXPECT_FALSE(is_there(releasing)) << "one node has them by pins alone";
  roll_out(ours);
  ASSERT_TRUE(is_there(releasing));
  EXPECT_EQ(second_init(releasing).at("args").at(1), "--instance=images.kip");
  roll_out(releasing, 1);
  EXPECT_TRUE(is_there(releasing));
  EXPECT_EQ(pinned(), "images.kip");
  roll_out(releasing);
  EXPECT_FALSE(is_there(releasing));
  EXPECT_EQ(pinned(), "");
  scheduler.advance(1min);
  EXPECT_EQ(api.count("POST " + collection.substr(0, collection.size() - 1)), 2U)
      << "the DaemonSet, and once what releases";
}

TEST_F(PinsTest, AServiceThatEndsInTheMiddleGoesOn) {
  start_pinned();
  set("pin");
  roll_out(ours);
  ASSERT_TRUE(is_there(releasing));
  service.reset();
  start();
  scheduler.advance(5s);
  EXPECT_TRUE(is_there(releasing));
  roll_out(releasing);
  EXPECT_FALSE(is_there(releasing));
  EXPECT_EQ(pinned(), "");
}

TEST_F(PinsTest, NodesThatDoNotAnswerAreNotWaitedForForEver) {
  start_pinned();
  set("sleep");
  roll_out(ours);
  roll_out(releasing, 1);
  scheduler.advance(11min);
  EXPECT_FALSE(is_there(releasing));
  EXPECT_EQ(pinned(), "");
}

TEST_F(PinsTest, ThePinsOfAnEarlierNameGoBeforeItsDaemonSetDoes) {
  start_pinned();
  set("agent", "other");
  roll_out(collection + "other");
  ASSERT_TRUE(is_there(releasing));
  EXPECT_TRUE(is_there(ours));
  roll_out(releasing);
  EXPECT_FALSE(is_there(releasing));
  EXPECT_FALSE(is_there(ours));
}

TEST_F(PinsTest, BackInTheModeNothingIsTakenAwayAnyMore) {
  start_pinned();
  set("sleep");
  roll_out(ours);
  ASSERT_TRUE(is_there(releasing));
  set("agent");
  scheduler.advance(5s);
  EXPECT_FALSE(is_there(releasing));
  roll_out(ours);
  scheduler.advance(11min);
  EXPECT_FALSE(is_there(releasing));
  EXPECT_EQ(pinned(), "images.kip");
}

TEST_F(PinsTest, BackInTheModeNothingPinsWhileWhatReleasesStillRuns) {
  start_pinned();
  set("sleep");
  roll_out(ours);
  ASSERT_TRUE(is_there(releasing));
  const std::string pod = "/api/v1/namespaces/images/pods/kip-release-1";
  api.put(pod,
          {{"metadata", {{"uid", "p"}, {"labels", at(*api.find(releasing), "/metadata/labels")}}}});
  set("agent");
  scheduler.advance(5s);
  EXPECT_FALSE(is_there(releasing));
  EXPECT_EQ(core::fetching_container(at(*api.find(ours), "/spec/template/spec")), json());
  api.remove(pod);
  scheduler.advance(5s);
  EXPECT_EQ(fetch().at("name"), "fetch");
}

TEST_F(PinsTest, WhatAnEarlierServiceLeftIsRemovedBeforeItHarms) {
  start_pinned();
  set("sleep");
  roll_out(ours);
  ASSERT_TRUE(is_there(releasing));
  service.reset();
  set("agent");
  start();
  scheduler.advance(5s);
  EXPECT_FALSE(is_there(releasing));
}

TEST_F(PinsTest, ADaemonSetOfSomebodyElseThatHasTheNameStays) {
  start_pinned();
  api.put(releasing, {{"metadata", {{"uid", "x"}}}});
  set("sleep");
  roll_out(ours);
  scheduler.advance(1min);
  EXPECT_TRUE(is_there(releasing));
  EXPECT_EQ(pinned(), "");
}

TEST_F(PinsTest, BeforeAnUninstallAllThatPinIsReleased) {
  start_pinned();
  release_all();
  ASSERT_TRUE(is_there(releasing));
  EXPECT_EQ(is_clean, std::nullopt);
  roll_out(releasing);
  EXPECT_EQ(is_clean, true);
  EXPECT_FALSE(is_there(releasing));
}

TEST_F(PinsTest, BeforeAnUninstallANodeThatIsLeftIsTold) {
  start_pinned();
  release_all();
  roll_out(releasing, 1);
  scheduler.advance(11min);
  EXPECT_EQ(is_clean, false);
}

TEST_F(PinsTest, WhereNothingWasPinnedThereIsNothingToRelease) {
  set("sleep");
  start();
  release_all();
  EXPECT_EQ(is_clean, true);
  EXPECT_FALSE(is_there(releasing));
}

TEST_F(PinsTest, AConfigMapCannotSayWhatIsRootOnTheNodes) {
  set("agent", "kip", {{"AGENT_IMAGE", "reg.test/evil:1"}, {"RUNTIME_SOCKET", "/etc/x/y.sock"}});
  start();
  EXPECT_EQ(at(fetch(), "/image"), "reg.test/image-puller-agent:1");
  set("agent", "kip", {{"AGENT_IMAGE", "reg.test/worse:1"}, {"RUNTIME_SOCKET", "/etc/x/z.sock"}});
  EXPECT_EQ(at(fetch(), "/image"), "reg.test/image-puller-agent:1");
  const std::string spec = to_text(at(*api.find(ours), "/spec/template/spec"));
  EXPECT_EQ(spec.find("/etc/x"), std::string::npos);
  EXPECT_NE(spec.find("\"/run/containerd\""), std::string::npos);
}

TEST_F(PinsTest, NorByNamingADeploymentThatIsNotThere) {
  set("agent", "kip", {{"AGENT_IMAGE", "reg.test/evil:1"}});
  configured["DEPLOYMENT_NAME"] = "none";
  configured["KIP_IMAGE"] = "reg.test/kip:1";
  start();
  EXPECT_EQ(at(fetch(), "/image"), "quay.io/eclipse/image-puller-agent:next");
}

TEST_F(PinsTest, TheDeploymentItselfSaysIt) {
  json& env = deployment["/spec/template/spec/containers/0/env"_json_pointer];
  env.push_back({{"name", "AGENT_IMAGE"}, {"value", "reg.test/mine:1"}});
  env.push_back({{"name", "RUNTIME_SOCKET"}, {"value", "/run/$$(NODE_NAME)/cri.sock"}});
  set("agent", "kip", {{"AGENT_IMAGE", "reg.test/mine:1"}});
  start();
  EXPECT_EQ(at(fetch(), "/image"), "reg.test/mine:1");
  EXPECT_EQ(fetch().at("volumeMounts").at(1).at("subPathExpr"), "$(NODE_NAME)");
}

TEST_F(PinsTest, WhatTheDeploymentTakesFromElsewhereDoesNotCount) {
  deployment["/spec/template/spec/containers/0/env"_json_pointer].push_back(
      {{"name", "AGENT_IMAGE"},
       {"valueFrom", {{"configMapKeyRef", {{"name", "c"}, {"key", "AGENT_IMAGE"}}}}}});
  EXPECT_EQ(agent_facts(deployment, "kip"), core::AgentFacts());
}

}  // namespace
}  // namespace kip::controller
