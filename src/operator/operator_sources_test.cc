// Resources that follow workloads or temporary lists (controller/image_sources.h).
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/warm_list.h"
#include "operator/custom_resource.h"
#include "operator/operator.h"
#include "testing/fake_api.h"
#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::operators {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeApi;
using testing::FakeScheduler;
using ::testing::HasSubstr;
using testing::status;

const std::string resources =
    "/apis/che.eclipse.org/v1alpha1/namespaces/images/kubernetesimagepullers";
const std::string daemonsets = "/apis/apps/v1/namespaces/images/daemonsets";
const std::string configmaps = "/api/v1/namespaces/images/configmaps";
const std::string stored = configmaps + "/kubernetes-image-puller-discovered";
const json own_namespace = {{"images", "a=registry.test/a:1"},
                            {"discoverNamespaces", {"images"}},
                            {"discoverGather", "1s"}};

class OperatorSourcesTest : public ::testing::Test {
 protected:
  OperatorSourcesTest() { scheduler.set_wall_start(testing::noon()); }

  void start(Policy policy = {}) {
    op = std::make_unique<Operator>(api, api, scheduler,
                                    OperatorSettings{.namespaces = {""},
                                                     .own_namespace = {},
                                                     .identity = "one",
                                                     .own_image = "registry.test/kip:1",
                                                     .policy = std::move(policy)});
    op->start();
    scheduler.advance(200ms);
  }
  void put_resource(json spec, const std::string& name = "puller") {
    const std::string path = resources + "/" + name;
    json object = {{"apiVersion", group_version}, {"kind", kind}};
    if (const json* before = api.find(path)) object = *before;
    object["metadata"]["namespace"] = "images";
    object["metadata"]["generation"] = int_at(object, "/metadata/generation") + 1;
    object["spec"] = std::move(spec);
    api.put(path, object);
    scheduler.advance(5s);
  }
  void put_deployment(const std::string& image, const std::string& space = "images") {
    api.put(
        "/apis/apps/v1/namespaces/" + space + "/deployments/shop",
        {{"metadata", {{"namespace", space}}},
         {"spec",
          {{"replicas", 0}, {"template", {{"spec", {{"containers", {{{"image", image}}}}}}}}}}});
    scheduler.advance(5s);
  }
  // Sorted: not the order counts here.
  std::vector<std::string> images(const std::string& name = "kubernetes-image-puller") const {
    std::vector<std::string> list;
    const json* const daemonset = api.find(daemonsets + "/" + name);
    if (daemonset == nullptr) return {"there is no DaemonSet"};
    for (const auto& each : array_at(*daemonset, "/spec/template/spec/containers"))
      list.push_back(string_at(each, "/image"));
    std::sort(list.begin(), list.end());
    return list;
  }
  std::string degraded(const std::string& name = "puller") const {
    for (const auto& each : array_at(*api.find(resources + "/" + name), "/status/conditions"))
      if (string_at(each, "/type") == "Degraded" && string_at(each, "/status") == "True")
        return string_at(each, "/message");
    return {};
  }
  bool has_asked(const std::string& part) const {
    return std::any_of(api.requests.begin(), api.requests.end(), [&](const std::string& request) {
      return request.find(part) != std::string::npos;
    });
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  std::unique_ptr<Operator> op;
};

TEST_F(OperatorSourcesTest, ImagesOfTheResourcesNamespaceAreHeld) {
  start();
  put_deployment("registry.test/found:1");
  put_resource(own_namespace);
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1", "registry.test/found:1"));
  put_deployment("registry.test/found:2");
  EXPECT_THAT(images(),
              ElementsAre("registry.test/a:1", "registry.test/found:1", "registry.test/found:2"));
  EXPECT_EQ(degraded(), "");
  EXPECT_EQ(int_at(*api.find(resources + "/puller"), "/status/imageCount"), 3);
}

TEST_F(OperatorSourcesTest, AResourceThatAsksForAnotherNamespaceIsToldAndNothingThereIsRead) {
  start();
  put_deployment("registry.test/found:1");
  put_deployment("registry.test/others:1", "shop");
  put_resource(own_namespace);
  const auto before = images();
  api.requests.clear();
  for (const json& namespaces : {json{"images", "shop"}, json{"*"}}) {
    json spec = own_namespace;
    spec["images"] = "b=registry.test/b:1";
    spec["discoverNamespaces"] = namespaces;
    put_resource(spec);
    EXPECT_THAT(degraded(), HasSubstr("spec.discoverNamespaces: "));
    EXPECT_THAT(degraded(), HasSubstr("expected \"images\" alone"));
    EXPECT_EQ(images(), before) << "what it had stays";
  }
  EXPECT_FALSE(has_asked("/namespaces/shop/"));
  EXPECT_FALSE(has_asked("/apis/apps/v1/deployments"));
  // Also over a start of the operator.
  op.reset();
  start();
  scheduler.advance(1min);
  EXPECT_EQ(images(), before);
  EXPECT_FALSE(has_asked("/apis/apps/v1/deployments"));
  put_resource(own_namespace);
  EXPECT_EQ(degraded(), "");
  EXPECT_EQ(images(), before);
}

TEST_F(OperatorSourcesTest, WithTheOperatorsOptionItMay) {
  start({.namespaces = {"shop"}});
  put_deployment("registry.test/others:1", "shop");
  json spec = own_namespace;
  spec["discoverNamespaces"] = {"shop"};
  put_resource(spec);
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1", "registry.test/others:1"));
  EXPECT_EQ(degraded(), "");
}

TEST_F(OperatorSourcesTest, WhatWasFoundOutlivesTheOperatorInAConfigMapThatTheResourceOwns) {
  start();
  put_deployment("registry.test/found:1");
  put_resource(own_namespace);
  ASSERT_NE(api.find(stored), nullptr);
  EXPECT_EQ(string_at(array_at(*api.find(stored), "/metadata/ownerReferences").at(0), "/uid"),
            string_at(*api.find(resources + "/puller"), "/metadata/uid"));
  op.reset();
  api.remove("/apis/apps/v1/namespaces/images/deployments/shop");
  start();
  scheduler.advance(1min);
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1", "registry.test/found:1"));
  scheduler.advance(24h * 8);
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1"));
}

// Who may write a resource need not be one who may read or write ConfigMaps.
TEST_F(OperatorSourcesTest, AConfigMapOfAnotherIsNeitherReadNorWritten) {
  const json others = {
      {"metadata", {{"namespace", "images"}}},
      {"data", {{"images.json", R"({"images":[{"image":"registry.test/secret:1"}]})"}}}};
  api.put(stored, others);
  start();
  put_deployment("registry.test/found:1");
  put_resource(own_namespace);
  put_deployment("registry.test/found:2");
  scheduler.advance(1min);
  EXPECT_THAT(images(),
              ElementsAre("registry.test/a:1", "registry.test/found:1", "registry.test/found:2"));
  EXPECT_EQ(at(*api.find(stored), "/data"), others["data"]);
  EXPECT_EQ(api.count("PUT " + stored), 0U);
}

TEST_F(OperatorSourcesTest, WithoutTheRightsTheRestGoesOnAndItIsToldOnce) {
  api.failures.emplace("GET /apis/apps/v1/namespaces/images/deployments", status(403, "no right"));
  api.failures.emplace("GET " + configmaps, status(403, "no right"));
  start();
  api.put("/apis/batch/v1/namespaces/images/cronjobs/c",
          json::parse(R"({"metadata": {"namespace": "images"}, "spec": {"jobTemplate": {"spec":
              {"template": {"spec": {"containers": [{"image": "registry.test/cron:1"}]}}}}}})"));
  ::testing::internal::CaptureStderr();
  for (const char* name : {"first", "second"}) {
    json spec = own_namespace;
    spec["daemonsetName"] = name;
    spec["releaseGate"] = true;
    put_resource(spec, name);
  }
  scheduler.advance(1min);
  const std::string log = ::testing::internal::GetCapturedStderr();
  for (const char* name : {"first", "second"}) {
    EXPECT_THAT(images(name), ElementsAre("registry.test/a:1", "registry.test/cron:1"));
    EXPECT_THAT(degraded(name), HasSubstr("the operator may not list and watch deployments"));
    EXPECT_THAT(degraded(name), HasSubstr("may not list and watch configmaps"));
  }
  const std::string said = "may not list and watch a kind of workload";
  EXPECT_NE(log.find(said), std::string::npos) << log;
  EXPECT_EQ(log.find(said, log.find(said) + 1), std::string::npos) << log;
  api.failures.clear();
  scheduler.advance(30min);
  EXPECT_EQ(degraded("first"), "");
  EXPECT_EQ(degraded("second"), "");
}

TEST_F(OperatorSourcesTest, ATemporaryListOfTheResourcesDaemonSetIsHeldUntilItExpires) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}, {"releaseGate", true}});
  core::WarmList list;
  list.name = "shop";
  list.until = scheduler.wall_now() + 10min;
  list.images = {{testing::reference("registry.test/next:1"), std::nullopt}};
  json object = core::warm_list_configmap(list, "images", "kubernetes-image-puller", std::nullopt);
  api.put(configmaps + "/" + core::warm_list_object("shop"), object);
  scheduler.advance(5s);
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1", "registry.test/next:1"));
  scheduler.advance(20min);
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1"));
}

class OperatorGateTest : public OperatorSourcesTest {
 protected:
  OperatorGateTest() {
    api.put(node, {{"metadata", {{"creationTimestamp", to_rfc3339(scheduler.wall_now())}}},
                   {"spec", {{"taints", json::array({taint})}}},
                   {"status",
                    {{"conditions",
                      json::array({testing::condition("Ready", true, scheduler.wall_now())})}}}});
  }
  bool has_taint() const { return !array_at(*api.find(node), "/spec/taints").empty(); }

  const std::string node = "/api/v1/nodes/n1";
  const json taint = {{"key", "mine/not-warm"}, {"effect", "NoSchedule"}};
  json spec = {{"images", "a=registry.test/a:1;b=registry.test/b:1"},
               {"nodeGateTaint", "mine/not-warm:NoSchedule"}};
};

TEST_F(OperatorGateTest, TheResourceThatTheOperatorNamesOpensANodeWithItsImages) {
  start({.node_gate_resource = "images/puller"});
  put_resource(spec);
  EXPECT_TRUE(has_taint());
  EXPECT_THAT(to_text(*api.find(daemonsets + "/kubernetes-image-puller")),
              HasSubstr("mine/not-warm"))
      << "its pods tolerate the taint";
  json pod = testing::running_pod("n1", "registry.test/a@sha256:a", "registry.test/b@sha256:b");
  pod["metadata"]["creationTimestamp"] = to_rfc3339(scheduler.wall_now());
  pod["metadata"]["ownerReferences"] =
      json::array({{{"kind", "DaemonSet"}, {"name", "kubernetes-image-puller"}}});
  for (int i = 0; i < 2; ++i)
    pod["spec"]["containers"][i]["image"] = i == 0 ? "registry.test/a:1" : "registry.test/b:1";
  api.put("/api/v1/namespaces/images/pods/p", pod);
  scheduler.advance(1s);
  EXPECT_FALSE(has_taint());
  EXPECT_EQ(degraded(), "");
}

TEST_F(OperatorGateTest, AtTheDeadlineItIsOpenedAlsoWhereAPlaceForSourcesIsAwaited) {
  start({.most_resources = 0, .node_gate_resource = "images/puller"});
  spec["nodeGateDeadline"] = "1m";
  spec["releaseGate"] = true;
  put_resource(spec);
  scheduler.advance(40s);
  EXPECT_TRUE(has_taint());
  scheduler.advance(30s);
  EXPECT_FALSE(has_taint());
}

TEST_F(OperatorGateTest, AnyOtherIsRefusedByNameAndNoNodeIsLookedAt) {
  start({.node_gate_resource = "images/other"});
  put_resource({{"images", "a=registry.test/a:1"}});
  put_resource(spec);
  EXPECT_THAT(degraded(), HasSubstr("spec.nodeGateTaint: "));
  scheduler.advance(10min);
  EXPECT_TRUE(has_taint());
  EXPECT_FALSE(has_asked("/api/v1/nodes"));
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1"));
}

TEST_F(OperatorSourcesTest, AResourceWithoutSourcesCostsNoRequestMore) {
  start();
  for (int i = 0; i < 20; ++i)
    put_resource({{"images", "a=registry.test/a:1"}, {"daemonsetName", "d" + std::to_string(i)}},
                 "r" + std::to_string(i));
  EXPECT_EQ(api.open_watches(), 3U) << "resources, DaemonSets, pods";
  EXPECT_FALSE(has_asked(configmaps));
  EXPECT_FALSE(has_asked("/apis/batch/"));
}

TEST_F(OperatorSourcesTest, MoreResourcesThanMayFollowWaitAndSaySo) {
  start({.most_resources = 1});
  put_deployment("registry.test/found:1");
  put_resource(own_namespace, "first");
  json spec = own_namespace;
  spec["daemonsetName"] = "other";
  put_resource(spec, "second");
  EXPECT_EQ(degraded("first"), "");
  EXPECT_THAT(degraded("second"), HasSubstr("spec.discoverNamespaces: as many resources as"));
  EXPECT_THAT(images("other"), ElementsAre("there is no DaemonSet"));
  put_resource({{"images", "a=registry.test/a:1"}}, "first");
  scheduler.advance(5s);
  EXPECT_EQ(degraded("second"), "");
  EXPECT_THAT(images("other"), ElementsAre("registry.test/a:1", "registry.test/found:1"));
  EXPECT_THAT(images(), ElementsAre("registry.test/a:1")) << "it follows nothing any more";
}

}  // namespace
}  // namespace kip::operators
