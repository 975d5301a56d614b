// What sources want beside IMAGES, by the service: temporary lists.
#include "controller/image_sources.h"

#include <gmock/gmock.h>

#include "controller/service.h"
#include "core/groups.h"
#include "core/handover.h"
#include "core/names.h"
#include "core/warm_list.h"
#include "testing/fake_api.h"
#include "testing/pods.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string space = "/apis/apps/v1/namespaces/images/";
const std::string collection = space + "daemonsets";
const std::string plain = collection + "/kip";
const std::string configmaps = "/api/v1/namespaces/images/configmaps";
const std::string list_of_configmaps = "GET " + configmaps;

const config::Placement on_a = {.node_selector = {{"pool", "a"}}};

class ImageSourcesTest : public ::testing::Test {
 protected:
  ImageSourcesTest() {
    scheduler.set_wall_start(noon());
    api.counts_generations = true;
    api.put(space + "deployments/kip", json::parse(R"({"metadata":{"uid":"d1"},"spec":{"replicas":1,
      "template":{"spec":{"containers":[{"name":"kip","image":"reg/kip:1",
      "env":[{"name":"DEPLOYMENT_NAME","value":"kip"}],"envFrom":[{"configMapRef":{"name":"c"}}]}]}}}})"));
  }
  void configure(const std::string& images, bool release_gate = true) {
    configured = {{"IMAGES", images},
                  {"RELEASE_GATE", release_gate ? "true" : "false"},
                  {"REFRESH", "Always"},
                  {"MAX_NODES_PULLING", "100%"},
                  {"DAEMONSET_NAME", "kip"}};
    api.put(configmaps + "/c", {{"data", configured}});
    scheduler.advance(100ms);
  }
  void start() {
    Environment environment = {{"DEPLOYMENT_NAME", "kip"}, {"KIP_IMAGE", "reg/kip:1"}};
    for (const auto& [key, value] : configured.items()) environment[key] = value;
    service.reset();
    service = std::make_unique<Service>(api, scheduler, nullptr, environment, "images",
                                        *config::read_settings(environment, "images").settings,
                                        [this](const config::Nats&, SubscriptionSink sink) {
                                          published = std::move(sink);
                                          return scheduler.after(1000h, [] {});
                                        });
    service->start();
    scheduler.advance(100ms);
  }
  void warm(const std::string& name, std::vector<WantedImage> images, Duration ttl = 1h) {
    const core::WarmList list{name, scheduler.wall_now() + ttl, std::move(images)};
    api.put(configmaps + "/" + core::warm_list_object(name),
            core::warm_list_configmap(list, "images", "kip", std::nullopt));
    scheduler.advance(100ms);
  }
  void take_back(const std::string& name) {
    api.remove(configmaps + "/" + core::warm_list_object(name));
    scheduler.advance(100ms);
  }
  static WantedImage wanted(const char* image, std::optional<config::Placement> placement = {}) {
    return {reference(image), std::move(placement)};
  }
  void roll_out(const std::string& path, int nodes = 2) {
    json object = *api.find(path);
    object["status"] = {{"observedGeneration", int_at(object, "/metadata/generation")},
                        {"desiredNumberScheduled", nodes},
                        {"updatedNumberScheduled", nodes},
                        {"numberReady", nodes}};
    api.put(path, object);
    scheduler.advance(100ms);
  }
  std::vector<std::string> held(const std::string& path) const {
    std::vector<std::string> names;
    if (const json* found = api.find(path))
      for (const auto& image : core::images_of(*found)) names.push_back(image.name);
    return names;
  }
  // That of a placement: the one whose name was given with it.
  std::string of_pool_a() const { return collection + "/" + core::group_name("kip", {}, on_a); }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  json configured;
  std::unique_ptr<Service> service;
  SubscriptionSink published;  // of NATS_ADDR
};

TEST_F(ImageSourcesTest, WhatIsPublishedIsOneMoreImageAlsoAfterARestart) {
  configure("app=reg/app:1", false);
  configured["NATS_ADDR"] = "nats://nats";
  api.put(configmaps + "/c", {{"data", configured}});
  start();
  EXPECT_THAT(held(plain), ElementsAre("app")) << "no server is waited for";
  roll_out(plain);
  published.on_message("reg/shop:2");
  scheduler.advance(6s);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  roll_out(plain);
  start();
  scheduler.advance(1h);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
}

TEST_F(ImageSourcesTest, ATemporaryListCountsUntilItGoesOrExpires) {
  configure("app=reg/app:1");
  start();
  roll_out(plain);
  warm("shop", {wanted("reg/shop:2")});
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  take_back("shop");
  EXPECT_THAT(held(plain), ElementsAre("app"));
  warm("shop", {wanted("reg/shop:3")}, 10min);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-3"));
  scheduler.advance(9min);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-3"));
  scheduler.advance(61s);
  EXPECT_THAT(held(plain), ElementsAre("app"));
}

TEST_F(ImageSourcesTest, OneThatHasExpiredBeforeTheServiceBeganDoesNotCount) {
  configure("app=reg/app:1");
  warm("shop", {wanted("reg/shop:2")}, -1min);
  start();
  EXPECT_THAT(held(plain), ElementsAre("app"));
}

TEST_F(ImageSourcesTest, ARestartTakesNothingAwayWhileTheListsAreNotKnown) {
  configure("app=reg/app:1");
  start();
  warm("shop", {wanted("reg/shop:2")});
  roll_out(plain);
  for (const auto& how : {http::Answer(http::Error{ErrorKind::unreachable, "refused"}),
                          http::Answer(status(500)), http::Answer(status(403))}) {
    service.reset();
    api.failures.insert_or_assign(list_of_configmaps, how);
    start();
    scheduler.advance(5s);
    EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
    api.failures.clear();
    scheduler.advance(2min);
    EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  }
}

TEST_F(ImageSourcesTest, WhileTheListsCannotBeReadWhatIsKnownStays) {
  configure("app=reg/app:1");
  start();
  warm("shop", {wanted("reg/shop:2")});
  api.failures.insert_or_assign(list_of_configmaps, status(500));
  api.end_watches(http::Error{ErrorKind::transient, "reset"});
  scheduler.advance(10min);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
}

TEST_F(ImageSourcesTest, WithoutTheRightTheImagesOfTheSettingsAreKeptAndTheRuleIsTold) {
  configure("app=reg/app:1");
  api.failures.insert_or_assign(list_of_configmaps, status(403));
  ::testing::internal::CaptureStderr();
  start();
  scheduler.advance(1min);
  EXPECT_THAT(held(plain), ElementsAre("app"));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("apiGroups: [\\\"\\\"], resources: [configmaps], verbs: [list, watch]"));
}

TEST_F(ImageSourcesTest, NobodyAsksForListsWhereTheGateIsNotWanted) {
  configure("app=reg/app:1", false);
  start();
  for (const auto& path : api.watch_paths) EXPECT_EQ(path.find("warm"), std::string::npos) << path;
  warm("shop", {wanted("reg/shop:2")});
  EXPECT_THAT(held(plain), ElementsAre("app"));
}

TEST_F(ImageSourcesTest, AListThatCannotBeReadIsLeftOutByName) {
  configure("app=reg/app:1");
  start();
  ::testing::internal::CaptureStderr();
  json bad = core::warm_list_configmap({"bad", noon() + 1h, {}}, "images", "kip", std::nullopt);
  bad["data"]["images.json"] = "[{\"image\": \"NOT:one:\"}]";
  api.put(configmaps + "/" + core::warm_list_object("bad"), bad);
  warm("good", {wanted("reg/shop:2")});
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("image-puller-warm-bad"));
}

TEST_F(ImageSourcesTest, WithoutIMAGESTheDaemonSetSleepsUntilSomethingIsWanted) {
  configure("");
  start();
  EXPECT_THAT(held(plain), ElementsAre("sleep"));
  roll_out(plain);
  warm("shop", {wanted("reg/shop:2")});
  EXPECT_THAT(held(plain), ElementsAre("shop-2"));
}

TEST_F(ImageSourcesTest, AnEditOfTheConfigMapKeepsWhatSourcesWant) {
  configure("app=reg/app:1");
  start();
  warm("shop", {wanted("reg/shop:2")});
  roll_out(plain);
  configure("other=reg/other:1");
  EXPECT_THAT(held(plain), ElementsAre("other", "shop-2"));
}

TEST_F(ImageSourcesTest, AnEditThatIsMadeBeforeTheListsAreKnownCounts) {
  configure("app=reg/app:1");
  api.failures.insert_or_assign(list_of_configmaps, status(500));
  start();
  EXPECT_THAT(held(plain), ElementsAre());
  api.failures.clear();
  configure("other=reg/other:1", false);
  scheduler.advance(5s);
  EXPECT_THAT(held(plain), ElementsAre("other"));
}

TEST_F(ImageSourcesTest, WhileTheListsAreNotKnownANodeIsOpenedByItsDeadlineAlone) {
  configure("app=reg/app:1");
  configured["NODE_GATE_TAINT"] = "image-puller/not-warm:NoSchedule";
  api.failures.insert_or_assign(list_of_configmaps, status(500));
  start();
  const std::string node = "/api/v1/nodes/n1";
  api.put(node,
          {{"metadata", {{"uid", "u"}, {"creationTimestamp", to_rfc3339(noon())}}},
           {"spec",
            {{"taints",
              json::array({{{"key", "image-puller/not-warm"}, {"effect", "NoSchedule"}}})}}}});
  json pod = running_pod("n1", "reg/app@sha256:a", "reg/b@sha256:b");
  pod["spec"]["containers"][0]["image"] = "reg/app:1";
  pod["metadata"]["creationTimestamp"] = to_rfc3339(noon());
  pod["metadata"]["ownerReferences"] = json::array({{{"kind", "DaemonSet"}, {"name", "kip"}}});
  api.put("/api/v1/namespaces/images/pods/p", pod);
  const auto has_taint = [&] { return !array_at(*api.find(node), "/spec/taints").empty(); };
  scheduler.advance(4min);
  EXPECT_TRUE(has_taint()) << "a list may have more";
  scheduler.advance(2min);
  EXPECT_FALSE(has_taint());
}

TEST_F(ImageSourcesTest, APlacementIsADaemonSetOfItsOwnThatGoesWithIt) {
  configure("app=reg/app:1");
  start();
  roll_out(plain);
  const json before = *api.find(plain);
  warm("shop", {wanted("reg/shop:2", on_a)});
  ASSERT_NE(api.find(of_pool_a()), nullptr);
  EXPECT_THAT(held(of_pool_a()), ElementsAre("shop-2"));
  EXPECT_EQ(at(*api.find(of_pool_a()), "/spec/template/spec/nodeSelector"), json({{"pool", "a"}}));
  EXPECT_EQ(at(*api.find(plain), "/spec"), at(before, "/spec")) << "its pods stay";
  roll_out(of_pool_a(), 1);
  take_back("shop");
  EXPECT_EQ(api.find(of_pool_a()), nullptr);
  EXPECT_THAT(held(plain), ElementsAre("app"));
}

TEST_F(ImageSourcesTest, AnImageThatMovesToOtherNodesStaysUntilItIsThere) {
  configure("app=reg/app:1");
  start();
  warm("shop", {wanted("reg/shop:2", on_a)});
  roll_out(plain);
  roll_out(of_pool_a(), 1);
  warm("shop", {wanted("reg/shop:2")});
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  EXPECT_THAT(held(of_pool_a()), ElementsAre("shop-2"));
  roll_out(plain);
  EXPECT_EQ(api.find(of_pool_a()), nullptr);
  warm("shop", {wanted("reg/shop:2", on_a)});
  EXPECT_THAT(held(of_pool_a()), ElementsAre("shop-2"));
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2")) << "the new one is not there yet";
  roll_out(of_pool_a(), 1);
  EXPECT_THAT(held(plain), ElementsAre("app"));
}

TEST_F(ImageSourcesTest, AnImageStaysUntilItIsThereAlsoWhereTheMoveMakesSeveralOfOne) {
  configure("app=reg/app:1");
  start();
  warm("shop", {wanted("reg/shop:2")});
  roll_out(plain);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  warm("shop", {wanted("reg/shop:2", on_a)});
  scheduler.advance(1min);
  EXPECT_THAT(held(of_pool_a()), ElementsAre("shop-2"));
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2")) << "the new one is not there yet";
  service.reset();
  start();
  scheduler.advance(1min);
  EXPECT_THAT(held(plain), ElementsAre("app", "shop-2"));
  roll_out(of_pool_a(), 1);
  EXPECT_THAT(held(plain), ElementsAre("app"));
  service.reset();
  take_back("shop");
  start();
  roll_out(plain);
  scheduler.advance(1min);
  EXPECT_EQ(api.find(of_pool_a()), nullptr) << "a new process looks for it";
}

TEST_F(ImageSourcesTest, WithoutIMAGESThePlainOneGoesWhenAllIsPlaced) {
  configure("");
  start();
  roll_out(plain);
  warm("shop", {wanted("reg/shop:2", on_a)});
  roll_out(of_pool_a(), 1);
  scheduler.advance(1min);
  EXPECT_EQ(api.find(plain), nullptr);
}

TEST_F(ImageSourcesTest, AServiceThatEndsInTheMiddleOfAMoveGoesOnWhereItWas) {
  configure("app=reg/app:1");
  start();
  warm("shop", {wanted("reg/shop:2", on_a)});
  roll_out(plain);
  roll_out(of_pool_a(), 1);
  warm("shop", {wanted("reg/shop:2")});
  start();
  scheduler.advance(1min);
  EXPECT_THAT(held(of_pool_a()), ElementsAre("shop-2"));
  roll_out(plain);
  EXPECT_EQ(api.find(of_pool_a()), nullptr);
}

TEST_F(ImageSourcesTest, APlacementThatContradictsTheSettingsIsLeftOutAndTold) {
  configure("app=reg/app:1");
  configured["NODE_SELECTOR"] = R"({"pool": "b"})";
  api.put(configmaps + "/c", {{"data", configured}});
  ::testing::internal::CaptureStderr();
  start();
  warm("shop", {wanted("reg/shop:2", on_a), wanted("reg/good:1")});
  EXPECT_THAT(held(plain), ElementsAre("app", "good-1"));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("image=reg/shop:2"));
  EXPECT_THAT(log, HasSubstr("NODE_SELECTOR asks for"));
}

}  // namespace
}  // namespace kip::controller
