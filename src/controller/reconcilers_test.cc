// Several DaemonSets of one puller: for each set of pull secrets one.
#include "controller/reconcilers.h"

#include <gmock/gmock.h>

#include "controller/service.h"
#include "core/groups.h"
#include "core/names.h"
#include "testing/fake_api.h"
#include "testing/pods.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;

const std::string space = "/apis/apps/v1/namespaces/images/";
const std::string collection = space + "daemonsets";
const std::string plain = collection + "/kip";
const std::string of_a = collection + "/" + core::group_name("kip", {"a"});
const std::string of_b = collection + "/" + core::group_name("kip", {"b"});

const std::string images = "team=reg.example/team/app:1;open=quay.io/open:1;";

class ReconcilersTest : public ::testing::Test {
 protected:
  ReconcilersTest() {
    scheduler.set_wall_start(noon());
    api.counts_generations = true;
    api.put(space + "deployments/kip", json::parse(R"({"metadata":{"uid":"d1"},"spec":{"replicas":1,
      "template":{"spec":{"containers":[{"name":"kip","image":"reg/kip:1",
      "env":[{"name":"DEPLOYMENT_NAME","value":"kip"}],"envFrom":[{"configMapRef":{"name":"c"}}]}]}}}})"));
  }
  void set(const std::string& secrets, const std::string& list = images) {
    configured = {{"IMAGES", list},
                  {"IMAGE_PULL_SECRETS", secrets},
                  {"REFRESH", "Always"},
                  {"MAX_NODES_PULLING", max_nodes_pulling},
                  {"DAEMONSET_NAME", "kip"}};
    api.put("/api/v1/namespaces/images/configmaps/c", {{"data", configured}});
    scheduler.advance(100ms);
  }
  void start(const std::string& deployment_name = "kip") {
    Environment environment = {{"DEPLOYMENT_NAME", deployment_name}, {"KIP_IMAGE", "reg/kip:1"}};
    for (const auto& [key, value] : configured.items()) environment[key] = value;
    service = std::make_unique<Service>(api, scheduler, nullptr, environment, "images",
                                        *config::read_settings(environment, "images").settings);
    service->start();
    scheduler.advance(100ms);
  }
  // As the DaemonSet controller: `updated` and `ready` of two nodes.
  void roll_out(const std::string& path, int updated = 2, int ready = 2) {
    json object = *api.find(path);
    object["status"] = {{"observedGeneration", int_at(object, "/metadata/generation")},
                        {"desiredNumberScheduled", 2},
                        {"updatedNumberScheduled", updated},
                        {"numberReady", ready}};
    api.put(path, object);
    scheduler.advance(100ms);
  }
  bool is_there(const std::string& path) const { return api.find(path) != nullptr; }
  std::vector<std::string> held(const std::string& path) const {
    std::vector<std::string> names;
    if (const json* found = api.find(path))
      for (const auto& image : core::images_of(*found)) names.push_back(image.name);
    return names;
  }
  std::vector<std::string> secrets(const std::string& path) const {
    return core::held_secrets(*api.find(path));
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  json configured;
  std::string max_nodes_pulling = "100%";  // so a DaemonSet is made with its images
  std::unique_ptr<Service> service;
};

TEST_F(ReconcilersTest, EachSetOfSecretsHasADaemonSetAndOnlyTheirsHasTheSecrets) {
  set("reg.example/team=a");
  start();
  EXPECT_THAT(held(plain), ElementsAre("open"));
  EXPECT_THAT(held(of_a), ElementsAre("team"));
  EXPECT_THAT(secrets(plain), ElementsAre());
  EXPECT_THAT(secrets(of_a), ElementsAre("a"));
  EXPECT_EQ(array_at(*api.find(of_a), "/metadata/ownerReferences").at(0).at("uid"), "d1");
}

TEST_F(ReconcilersTest, WithoutAPrefixNothingElseIsFollowed) {
  set("a;b");
  start();
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  for (const auto& path : api.watch_paths) {
    const bool is_of_daemonsets = path.find("/daemonsets") != std::string::npos;
    EXPECT_TRUE(!is_of_daemonsets || path.find("metadata.name%3Dkip") != std::string::npos) << path;
  }
}

TEST_F(ReconcilersTest, AnImageThatGainsAPrefixStaysUntilTheNewDaemonSetHasRolledOut) {
  set("a");
  start();
  roll_out(plain);
  const json before = *api.find(plain);
  set("reg.example/team=a");
  EXPECT_THAT(held(of_a), ElementsAre("team"));
  EXPECT_EQ(api.find(plain)->at("spec"), before.at("spec")) << "no pod is replaced for nothing";
  roll_out(of_a, 1, 1);
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  roll_out(of_a);
  EXPECT_THAT(held(plain), ElementsAre("open"));
  EXPECT_THAT(secrets(plain), ElementsAre());
}

TEST_F(ReconcilersTest, AnImageStaysWhileItsNewDaemonSetIsThereWithoutImages) {
  max_nodes_pulling = "1";
  set("a");
  start();
  roll_out(plain);
  roll_out(plain);
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  set("reg.example/team=a");
  EXPECT_THAT(held(of_a), ElementsAre("sleep"));
  scheduler.advance(1s);
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  roll_out(of_a);
  EXPECT_THAT(held(of_a), ElementsAre("team"));
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  roll_out(of_a);
  EXPECT_THAT(held(plain), ElementsAre("open"));
}

TEST_F(ReconcilersTest, AServiceThatEndsInTheMiddleGoesOnWhereItWas) {
  set("a");
  start();
  roll_out(plain);
  set("reg.example/team=a");
  service.reset();
  start();
  scheduler.advance(1min);
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  roll_out(of_a);
  EXPECT_THAT(held(plain), ElementsAre("open"));
}

TEST_F(ReconcilersTest, APrefixThatIsTakenAwayBringsTheImageBackBeforeItsDaemonSetGoes) {
  set("reg.example/team=a");
  start();
  roll_out(plain);
  roll_out(of_a);
  set("a");
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  roll_out(plain, 1, 2);  // one of two nodes is tolerated for a refresh, and not here
  scheduler.advance(1min);
  EXPECT_TRUE(is_there(of_a));
  roll_out(plain);
  EXPECT_FALSE(is_there(of_a));
}

TEST_F(ReconcilersTest, OneThatANewServiceFindsIsRemovedAsWell) {
  set("reg.example/team=a");
  start();
  roll_out(plain);
  roll_out(of_a);
  service.reset();
  set("a");
  start();
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  EXPECT_TRUE(is_there(of_a));
  roll_out(plain);
  EXPECT_FALSE(is_there(of_a));
}

TEST_F(ReconcilersTest, AnotherSecretIsAnotherDaemonSetAndTheOldOneGoesAfterIt) {
  set("reg.example/team=a");
  start();
  roll_out(plain);
  roll_out(of_a);
  set("reg.example/team=b");
  EXPECT_THAT(held(of_b), ElementsAre("team"));
  scheduler.advance(1min);
  EXPECT_TRUE(is_there(of_a));
  roll_out(of_b);
  EXPECT_FALSE(is_there(of_a));
  EXPECT_THAT(held(plain), ElementsAre("open"));
}

TEST_F(ReconcilersTest, WhereTwoImagesChangePlacesBothStayUntilBothAreThere) {
  const std::string list = "one=reg.example/x/app:1;two=reg.example/y/app:1;";
  set("reg.example/x=a;reg.example/y=b", list);
  start();
  roll_out(of_a);
  roll_out(of_b);
  set("reg.example/x=b;reg.example/y=a", list);
  EXPECT_THAT(held(of_a), ElementsAre("one", "two"));
  EXPECT_THAT(held(of_b), ElementsAre("two", "one"));
  roll_out(of_a);
  EXPECT_THAT(held(of_a), ElementsAre("one", "two"));
  roll_out(of_b);
  scheduler.advance(1s);
  EXPECT_THAT(held(of_a), ElementsAre("two"));
  EXPECT_THAT(held(of_b), ElementsAre("one"));
}

TEST_F(ReconcilersTest, WhereEveryImageHasAPrefixThePlainDaemonSetGoes) {
  set("a");
  start();
  roll_out(plain);
  set("reg.example=a;quay.io=b");
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  roll_out(of_a);
  scheduler.advance(1min);
  EXPECT_TRUE(is_there(plain));
  roll_out(of_b);
  EXPECT_FALSE(is_there(plain));
}

TEST_F(ReconcilersTest, TheGoVersionsDaemonSetGoesWhereEveryImageHasAPrefix) {
  set("a");
  start();
  roll_out(plain);
  service.reset();
  json of_go = *api.find(plain);
  of_go["metadata"].erase("labels");
  api.put(plain, of_go);
  set("reg.example=a;quay.io=b");
  start();
  roll_out(of_a);
  EXPECT_TRUE(is_there(plain));
  roll_out(of_b);
  EXPECT_FALSE(is_there(plain));
}

TEST_F(ReconcilersTest, AnImageThatIsTakenOutTakesItsDaemonSetAlong) {
  set("reg.example/team=a");
  start();
  roll_out(plain);
  roll_out(of_a);
  set("reg.example/team=a", "open=quay.io/open:1");
  EXPECT_FALSE(is_there(of_a));
  EXPECT_TRUE(is_there(plain));
}

TEST_F(ReconcilersTest, WithoutADeploymentTheAnnotationTellsWhoseItIs) {
  set("reg.example/team=a");
  start("");
  roll_out(plain);
  roll_out(of_a);
  json foreign = *api.find(of_a);
  foreign["metadata"]["annotations"][core::part_of] = "of-another";
  api.put(collection + "/foreign", foreign);
  service.reset();
  set("a");
  start("");
  roll_out(plain);
  EXPECT_FALSE(is_there(of_a));
  EXPECT_TRUE(is_there(collection + "/foreign"));
}

TEST_F(ReconcilersTest, SomebodyElsesDaemonSetOfThatNameIsLeftAloneAndTheImageStaysWhereItIs) {
  set("a");
  start();
  roll_out(plain);
  const json somebodys = {{"spec",
                           {{"selector", {{"matchLabels", {{"app", "x"}}}}},
                            {"template", {{"spec", {{"containers", json::array()}}}}}}}};
  api.put(of_a, somebodys);
  set("reg.example/team=a");
  scheduler.advance(5min);
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  EXPECT_EQ(at(*api.find(of_a), "/spec"), at(somebodys, "/spec"));
  EXPECT_EQ(api.count("DELETE " + of_a) + api.count("PUT " + of_a), 0U);
  set("a");
  scheduler.advance(5min);
  EXPECT_TRUE(is_there(of_a));
}

TEST_F(ReconcilersTest, WhatMayNotBeMadeMovesNothing) {
  set("a");
  start();
  roll_out(plain);
  api.failures.emplace("POST " + collection, status(403, "a policy is against it"));
  set("reg.example/team=a");
  scheduler.advance(10min);
  EXPECT_THAT(held(plain), ElementsAre("team", "open"));
  api.failures.clear();
  scheduler.advance(10min);
  roll_out(of_a);
  EXPECT_THAT(held(plain), ElementsAre("open"));
}

TEST_F(ReconcilersTest, WhatMayNotBeDeletedIsTriedAgain) {
  set("reg.example/team=a");
  start();
  roll_out(plain);
  roll_out(of_a);
  api.failures.emplace("DELETE " + of_a, status(403, "no"));
  set("a");
  roll_out(plain);
  scheduler.advance(1min);
  EXPECT_TRUE(is_there(of_a));
  api.failures.clear();
  scheduler.advance(5min);
  EXPECT_FALSE(is_there(of_a));
}

TEST_F(ReconcilersTest, OneThatIsAskedForAgainIsNotRemoved) {
  set("reg.example/team=a;reg.example/team/x=b");
  start();
  roll_out(plain);
  roll_out(of_a);
  api.failures.emplace("DELETE " + of_a, status(500));
  set("reg.example/team/x=b");
  roll_out(plain);
  scheduler.advance(1s);
  set("reg.example/team=a;reg.example/team/x=b");
  roll_out(plain);
  api.failures.clear();
  scheduler.advance(5min);
  EXPECT_TRUE(is_there(of_a));
  EXPECT_EQ(api.count("POST " + collection), 2U);
}

TEST_F(ReconcilersTest, OneOfAnEarlierNameStaysUntilTheNewOneIsMadeAndHasRolledOut) {
  set("a");
  start();
  service.reset();
  api.put(collection + "/old", *api.find(plain));
  api.remove(plain);
  api.failures.emplace("POST " + collection, status(403, "a policy is against it"));
  start();
  scheduler.advance(10min);
  EXPECT_TRUE(is_there(collection + "/old"));
  api.failures.clear();
  scheduler.advance(6min);
  EXPECT_TRUE(is_there(plain));
  roll_out(plain, 2, 0);
  scheduler.advance(10min);
  EXPECT_TRUE(is_there(collection + "/old"));
  roll_out(plain);
  EXPECT_FALSE(is_there(collection + "/old"));
}

TEST_F(ReconcilersTest, EachIsBackWhenItIsDeleted) {
  set("reg.example/team=a");
  start();
  for (const auto& path : {plain, of_a}) {
    api.remove(path);
    scheduler.advance(50ms);
    EXPECT_TRUE(is_there(path));
  }
}

TEST_F(ReconcilersTest, AtTheEndAllGoOrAllStay) {
  for (const int replicas : {1, 0}) {
    set("a");
    start();
    roll_out(plain);
    set("reg.example/team=a;quay.io=b");  // in the middle of a move: the plain one is still there
    json deployment = *api.find(space + "deployments/kip");
    deployment["spec"]["replicas"] = replicas;
    api.put(space + "deployments/kip", deployment);
    bool has_ended = false;
    service->shut_down([&] { has_ended = true; });
    scheduler.advance(1s);
    EXPECT_TRUE(has_ended);
    for (const auto& path : {plain, of_a, of_b}) EXPECT_EQ(is_there(path), replicas == 1) << path;
    service.reset();
  }
}

TEST_F(ReconcilersTest, OfOneDeploymentOneQuestionIsAskedForAllDaemonSets) {
  set("reg.example/team=a;quay.io=b");
  start();
  EXPECT_EQ(api.count("GET " + space + "deployments/kip"), 1U);
}

}  // namespace
}  // namespace kip::controller
