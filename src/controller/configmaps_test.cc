#include "controller/configmaps.h"

#include <gtest/gtest.h>

#include "controller/service.h"
#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;

TEST(ConfigMaps, WhatIsExplicitStaysThenTheLastConfigMapCounts) {
  EnvironmentSources sources;
  sources.configmaps = {"one", "two"};
  sources.explicit_names = {"KIP_IMAGE"};
  const Environment environment = {
      {"KIP_IMAGE", "own:1"}, {"IMAGES", "a=old"}, {"NODE_SELECTOR", "{}"}, {"PATH", "/bin"}};
  const ConfigMapData data = {
      {"one", {{"IMAGES", "a=1"}, {"KIP_IMAGE", "other:1"}, {"AFFINITY", "{}"}}},
      {"two", {{"IMAGES", "a=2"}}}};
  const auto result = with_configmaps(environment, sources, data);
  EXPECT_EQ(result.at("KIP_IMAGE"), "own:1");
  EXPECT_EQ(result.at("IMAGES"), "a=2");
  EXPECT_EQ(result.at("AFFINITY"), "{}");
  EXPECT_EQ(result.at("PATH"), "/bin");
  EXPECT_FALSE(result.contains("NODE_SELECTOR"));  // it left the ConfigMap
}

TEST(ConfigMaps, ASettingThatMayComeFromElsewhereIsKept) {
  EnvironmentSources sources;
  sources.configmaps = {"one"};
  sources.has_other_sources = true;
  EXPECT_EQ(
      with_configmaps({{"AFFINITY", "{}"}}, sources, {{"one", json::object()}}).at("AFFINITY"),
      "{}");
}

TEST(ConfigMaps, SourcesAreReadFromTheContainerNamedLikeTheDeployment) {
  const json deployment = json::parse(R"({"spec":{"template":{"spec":{"containers":[
    {"name":"sidecar"},
    {"name":"kip","env":[{"name":"DEPLOYMENT_NAME","value":"kip"}],
     "envFrom":[{"configMapRef":{"name":"c1"}},{"secretRef":{"name":"s"}}]}]}}}})");
  const auto sources = environment_sources(deployment, "kip");
  EXPECT_EQ(sources.configmaps, std::vector<std::string>{"c1"});
  EXPECT_TRUE(sources.explicit_names.contains("DEPLOYMENT_NAME"));
  EXPECT_TRUE(sources.has_other_sources);
  EXPECT_EQ(environment_sources(nullptr, "kip"), EnvironmentSources{});
}

TEST(ConfigMaps, OneThatCannotBeFollowedIsToldOnceAndTriedAgain) {
  const std::string list = "GET /api/v1/namespaces/images/configmaps";
  FakeScheduler scheduler;
  FakeApi api{scheduler};
  api.put("/api/v1/namespaces/images/configmaps/c", {{"data", {{"IMAGES", "a=reg/a:1"}}}});
  api.failures.emplace(list, testing::status(500));
  EnvironmentSources sources;
  sources.configmaps = {"c"};
  bool is_read = false;
  ::testing::internal::CaptureStderr();
  ConfigMaps maps(api, scheduler, "images", sources, [&] { is_read = true; });
  scheduler.advance(1min);
  const std::string log = ::testing::internal::GetCapturedStderr();
  const auto told = log.find("cannot follow the ConfigMap");
  ASSERT_NE(told, std::string::npos);
  EXPECT_NE(log.find(list + ": 500", told), std::string::npos);
  EXPECT_EQ(log.find("cannot follow the ConfigMap", told + 1), std::string::npos);
  EXPECT_FALSE(is_read);
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_TRUE(is_read);
}

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    scheduler.set_wall_start(testing::noon());
    api.put("/apis/apps/v1/namespaces/images/deployments/kip", json::parse(R"({"spec":{"replicas":1,
      "template":{"spec":{"containers":[{"name":"kip","image":"reg/kip:1",
      "env":[{"name":"DEPLOYMENT_NAME","value":"kip"}],"envFrom":[{"configMapRef":{"name":"c"}}]}]}}}})"));
    put_images("a=reg/a:1");
    start();
  }
  void start() {
    const auto reading = config::read_settings(environment, "images");
    service = std::make_unique<Service>(api, scheduler, nullptr, environment, "images",
                                        *reading.settings);
    service->start();
    scheduler.advance(100ms);
  }
  void start_with(const json& deployment) {
    service.reset();
    api.put("/apis/apps/v1/namespaces/images/deployments/kip", deployment);
    start();
  }
  void put_images(const std::string& images, const std::string& name = "kubernetes-image-puller") {
    api.put("/api/v1/namespaces/images/configmaps/c",
            {{"data", {{"IMAGES", images}, {"DAEMONSET_NAME", name}}}});
    scheduler.advance(100ms);
  }
  std::string image(const std::string& name = "kubernetes-image-puller") {
    const json* found = api.find("/apis/apps/v1/namespaces/images/daemonsets/" + name);
    return found ? array_at(*found, "/spec/template/spec/containers").at(0).at("image") : "";
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  Environment environment = {{"DEPLOYMENT_NAME", "kip"}, {"IMAGES", "a=reg/a:1"}};
  std::unique_ptr<Service> service;
};

TEST_F(ServiceTest, AnEditOfTheConfigMapTakesEffectAtOnce) {
  EXPECT_EQ(image(), "reg/a:1");
  put_images("a=reg/a:2");
  EXPECT_EQ(image(), "reg/a:2");
}

TEST_F(ServiceTest, AnEditThatCannotBeUsedKeepsTheLastSettings) {
  put_images("rubbish");
  EXPECT_EQ(image(), "reg/a:1");
  put_images("a=reg/a:3");
  EXPECT_EQ(image(), "reg/a:3");
}

TEST_F(ServiceTest, AnotherNameIsAnotherDaemonSetAndTheOldOneGoes) {
  api.put(
      "/apis/apps/v1/namespaces/images/daemonsets/of-somebody-else",
      {{"metadata", {{"labels", {{"app.kubernetes.io/managed-by", "kubernetes-image-puller"}}}}}});
  put_images("a=reg/a:1", "other");
  EXPECT_EQ(image("other"), "reg/a:1");
  EXPECT_EQ(image(), "");
  EXPECT_NE(api.find("/apis/apps/v1/namespaces/images/daemonsets/of-somebody-else"), nullptr);
}

TEST_F(ServiceTest, AnOptionalConfigMapThatIsNotThereDoesNotEndLiveSettings) {
  json deployment = *api.find("/apis/apps/v1/namespaces/images/deployments/kip");
  deployment["spec"]["template"]["spec"]["containers"][0]["envFrom"] =
      json::parse(R"([{"configMapRef":{"name":"c"}},{"configMapRef":{"name":"c"}},
                      {"configMapRef":{"name":"extra","optional":true}}])");
  start_with(deployment);
  put_images("a=reg/a:2");
  EXPECT_EQ(image(), "reg/a:2");
  api.put("/api/v1/namespaces/images/configmaps/extra", {{"data", {{"IMAGES", "a=reg/a:3"}}}});
  scheduler.advance(100ms);
  EXPECT_EQ(image(), "reg/a:3");
}

TEST_F(ServiceTest, AnEditDuringTheEndBeginsNothingAndDoesNotPutItOff) {
  json deployment = *api.find("/apis/apps/v1/namespaces/images/deployments/kip");
  deployment["spec"]["replicas"] = 0;
  api.put("/apis/apps/v1/namespaces/images/deployments/kip", deployment);
  const std::string daemonsets = "/apis/apps/v1/namespaces/images/daemonsets";
  api.failures.emplace("DELETE " + daemonsets + "/kubernetes-image-puller", testing::status(500));
  bool ended = false;
  service->shut_down([&] { ended = true; });
  scheduler.advance(1s);
  put_images("a=reg/a:1", "other");
  scheduler.advance(25s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(api.find(daemonsets + "/other"), nullptr);
}

TEST_F(ServiceTest, AConfigMapThatMayNotBeReadDoesNotEndTheOthersLiveSettings) {
  json deployment = *api.find("/apis/apps/v1/namespaces/images/deployments/kip");
  deployment["spec"]["template"]["spec"]["containers"][0]["envFrom"] =
      json::parse(R"([{"configMapRef":{"name":"c"}},{"configMapRef":{"name":"secret-one"}}])");
  api.fail_selected("GET /api/v1/namespaces/images/configmaps", "secret-one", testing::status(403));
  start_with(deployment);
  scheduler.advance(1min);
  put_images("a=reg/a:2");
  EXPECT_EQ(image(), "reg/a:2");
}

}  // namespace
}  // namespace kip::controller
