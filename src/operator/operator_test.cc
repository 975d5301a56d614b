#include "operator/operator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/groups.h"
#include "operator/custom_resource.h"
#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::operators {
namespace {

using namespace std::chrono_literals;
using testing::FakeApi;
using testing::FakeScheduler;
using ::testing::HasSubstr;
using testing::status;

const std::string resources =
    "/apis/che.eclipse.org/v1alpha1/namespaces/images/kubernetesimagepullers";
const std::string daemonsets = "/apis/apps/v1/namespaces/images/daemonsets";
const std::string daemonset = daemonsets + "/kubernetes-image-puller";
const std::string deployment =
    "/apis/apps/v1/namespaces/images/deployments/kubernetes-image-puller";
const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/images/";
const std::string lease =
    "/apis/coordination.k8s.io/v1/namespaces/ops/leases/kubernetes-image-puller-operator";

class OperatorTest : public ::testing::Test {
 protected:
  OperatorTest() { scheduler.set_wall_start(testing::noon()); }

  void start(const std::string& identity = "one", Agent agent = {}) {
    op = std::make_unique<Operator>(
        api, api, scheduler,
        OperatorSettings{
            {"images"}, "ops", identity, "registry.test/kip:1", std::move(agent), nullptr});
    op->start();
    scheduler.advance(200ms);
  }
  // As the API server does it: a change of the spec is a new generation.
  void put_resource(json spec, const std::string& name = "puller") {
    const std::string path = resources + "/" + name;
    json object = {{"apiVersion", group_version}, {"kind", kind}};
    if (const json* before = api.find(path)) object = *before;
    object["metadata"]["namespace"] = "images";
    object["metadata"]["generation"] = int_at(object, "/metadata/generation") + 1;
    object["spec"] = std::move(spec);
    api.put(path, object);
    scheduler.advance(200ms);
  }
  json condition(const std::string& type, const std::string& name = "puller") const {
    for (const auto& each : array_at(*api.find(resources + "/" + name), "/status/conditions"))
      if (string_at(each, "/type") == type) return each;
    return {};
  }
  json images_of(const std::string& path = daemonset) const {
    json list = json::array();
    for (const auto& each : array_at(*api.find(path), "/spec/template/spec/containers"))
      list.push_back(each.at("image"));
    return list;
  }
  std::string uid_of(const std::string& path) const {
    return string_at(*api.find(path), "/metadata/uid");
  }
  static std::vector<std::string> go_operators_objects() {
    return {deployment, rbac + "roles/create-daemonset", rbac + "rolebindings/create-daemonset",
            "/api/v1/namespaces/images/configmaps/k8s-image-puller",
            "/api/v1/namespaces/images/serviceaccounts/k8s-image-puller"};
  }
  // What the Go operator made for the resource, and its Deployment's DaemonSet.
  void put_go_operators_objects() {
    const json owned = {
        {"metadata",
         {{"ownerReferences",
           json::array({{{"kind", kind}, {"uid", uid_of(resources + "/puller")}}})}}}};
    for (const std::string& path : go_operators_objects()) api.put(path, owned);
    const json selector = {{"app.kubernetes.io/name", "image-puller"}, {"test", "daemonset-test"}};
    api.put(daemonset,
            {{"metadata",
              {{"ownerReferences", json::array({{{"kind", "Deployment"},
                                                 {"name", "kubernetes-image-puller"},
                                                 {"uid", uid_of(deployment)}}})}}},
             {"spec", {{"selector", {{"matchLabels", selector}}}, {"template", json::object()}}}});
  }
  std::size_t position(const std::string& request) const {
    return static_cast<std::size_t>(std::find(api.requests.begin(), api.requests.end(), request) -
                                    api.requests.begin());
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  std::unique_ptr<Operator> op;
};

TEST_F(OperatorTest, MakesTheDaemonSetOfAResourceThatIsItsOwner) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  ASSERT_NE(api.find(daemonset), nullptr);
  EXPECT_EQ(images_of(), json::array({"registry.test/a:1"}));
  const json owner = array_at(*api.find(daemonset), "/metadata/ownerReferences").at(0);
  EXPECT_EQ(owner, json({{"apiVersion", group_version},
                         {"kind", kind},
                         {"name", "puller"},
                         {"uid", uid_of(resources + "/puller")}}));
  EXPECT_EQ(string_at(array_at(*api.find(daemonset), "/spec/template/spec/initContainers").at(0),
                      "/image"),
            "registry.test/kip:1");
}

TEST_F(OperatorTest, WhatPullsOnNodesIsTheOperatorsToSayAndNotTheResources) {
  start("one", {testing::reference("registry.test/agent:1"),
                config::RuntimeSocket{"/run/k3s/containerd", "", "containerd.sock"}});
  put_resource({{"images", "a=registry.test/a:1"},
                {"cacheMode", "agent"},
                {"agentImage", "registry.test/mine:1"},
                {"runtimeSocket", "/etc/x/y"}});
  ASSERT_NE(api.find(daemonset), nullptr);
  const json& spec = at(*api.find(daemonset), "/spec/template/spec");
  const json& fetch = array_at(spec, "/initContainers").at(1);
  EXPECT_EQ(string_at(fetch, "/image"), "registry.test/agent:1");
  EXPECT_EQ(string_at(array_at(spec, "/volumes").at(1), "/hostPath/path"), "/run/k3s/containerd");
}

TEST_F(OperatorTest, AnEditOfTheSpecIsAChangeOfTheDaemonSet) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  const std::string uid = uid_of(daemonset);
  put_resource({{"images", "a=registry.test/a:2"}});
  EXPECT_EQ(images_of(), json::array({"registry.test/a:2"}));
  EXPECT_EQ(uid_of(daemonset), uid);
}

TEST_F(OperatorTest, ASpecThatCannotBeUsedKeepsWhatIsThereAndSaysSo) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  put_resource({{"images", "a=registry.test/a:1"}, {"cachingCPULimit", "many"}});
  scheduler.advance(2s);
  EXPECT_EQ(images_of(), json::array({"registry.test/a:1"}));
  EXPECT_EQ(string_at(condition("Degraded"), "/status"), "True");
  EXPECT_THAT(string_at(condition("Degraded"), "/message"), HasSubstr("spec.cachingCPULimit"));
  put_resource({{"images", "a=registry.test/a:1"}});
  scheduler.advance(2s);
  EXPECT_EQ(string_at(condition("Degraded"), "/status"), "False");
}

TEST_F(OperatorTest, TheSpecIsNeverWritten) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  scheduler.advance(1min);
  EXPECT_EQ(api.find(resources + "/puller")->at("spec"), json({{"images", "a=registry.test/a:1"}}));
  EXPECT_EQ(int_at(*api.find(resources + "/puller"), "/metadata/generation"), 1);
}

TEST_F(OperatorTest, AStatusThatIsThereIsNotWrittenAgain) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  scheduler.advance(10s);
  const auto writes = api.count("PATCH " + resources + "/puller/status");
  EXPECT_GE(writes, 1U);
  scheduler.advance(30min);
  EXPECT_EQ(api.count("PATCH " + resources + "/puller/status"), writes);
}

TEST_F(OperatorTest, ADaemonSetThatIsDeletedIsBackAtOnce) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  api.remove(daemonset);
  scheduler.advance(50ms);
  EXPECT_NE(api.find(daemonset), nullptr);
}

TEST_F(OperatorTest, OneThatGoesWithItsResourceIsNotMadeAgain) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  api.remove(resources + "/puller");
  api.remove(daemonset);  // the garbage collector
  scheduler.advance(1min);
  EXPECT_EQ(api.find(daemonset), nullptr);
}

TEST_F(OperatorTest, TheSecondResourceOfANameIsToldOfTheClash) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}}, "first");
  put_resource({{"images", "b=registry.test/b:1"}}, "second");
  scheduler.advance(2s);
  EXPECT_EQ(images_of(), json::array({"registry.test/a:1"}));
  EXPECT_EQ(string_at(condition("Degraded", "first"), "/status"), "False");
  EXPECT_THAT(string_at(condition("Degraded", "second"), "/message"),
              HasSubstr("KubernetesImagePuller first"));
  put_resource({{"images", "b=registry.test/b:1"}, {"daemonsetName", "more"}}, "second");
  scheduler.advance(2s);
  EXPECT_EQ(images_of(daemonsets + "/more"), json::array({"registry.test/b:1"}));
  EXPECT_EQ(string_at(condition("Degraded", "second"), "/status"), "False");
}

TEST_F(OperatorTest, ADaemonSetOfAnotherNameIsLeftNowhere) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  put_resource({{"images", "a=registry.test/a:1"}, {"daemonsetName", "more"}});
  scheduler.advance(2s);
  EXPECT_NE(api.find(daemonsets + "/more"), nullptr);
  EXPECT_EQ(api.find(daemonset), nullptr);
}

TEST_F(OperatorTest, AResourceHasADaemonSetForEachSetOfPullSecretsAndItsStatusSaysAll) {
  const std::string of_a = daemonsets + "/" + core::group_name("kubernetes-image-puller", {"a"});
  const json spec = {{"images", "one=registry.test/one:1;two=quay.io/two:1"}};
  json apart = spec;
  apart["pullSecrets"] = {"registry.test=a"};
  start();
  put_resource(apart);
  scheduler.advance(2s);
  EXPECT_EQ(images_of(), json::array({"quay.io/two:1"}));
  EXPECT_EQ(images_of(of_a), json::array({"registry.test/one:1"}));
  const json& status = at(*api.find(resources + "/puller"), "/status");
  EXPECT_EQ(int_at(status, "/imageCount"), 2);
  EXPECT_EQ(string_at(array_at(status, "/images").at(0), "/name"), "one");
  op.reset();  // the next one finds what it left
  api.remove(lease);
  put_resource(spec);
  start("next");
  scheduler.advance(2s);
  EXPECT_EQ(images_of(), json::array({"registry.test/one:1", "quay.io/two:1"}));
  EXPECT_EQ(api.find(of_a), nullptr);
}

TEST_F(OperatorTest, TakesOverFromTheGoOperatorWithoutADelete) {
  put_resource({{"images", "a=registry.test/a:1"}});
  put_go_operators_objects();
  const std::string uid = uid_of(daemonset);
  start();
  scheduler.advance(5s);
  EXPECT_EQ(uid_of(daemonset), uid);
  EXPECT_EQ(api.count("DELETE " + daemonset), 0U);
  EXPECT_EQ(images_of(), json::array({"registry.test/a:1"}));
  for (const std::string& path : go_operators_objects()) EXPECT_EQ(api.find(path), nullptr) << path;
  // Its pod deletes the DaemonSet at its end: it must not be able to, when it ends.
  EXPECT_LT(position("DELETE " + rbac + "rolebindings/create-daemonset"),
            position("PUT " + daemonset));
  EXPECT_LT(position("PUT " + daemonset), position("DELETE " + deployment));
  EXPECT_EQ(string_at(condition("Degraded"), "/status"), "False");
}

TEST_F(OperatorTest, APullerOfItsOwnDeploymentIsLeftAlone) {
  put_resource({{"images", "a=registry.test/a:1"}});
  put_go_operators_objects();
  json chart = *api.find(deployment);  // of a chart: owned by nobody
  chart["metadata"].erase("ownerReferences");
  api.put(deployment, chart);
  start();
  scheduler.advance(5s);
  EXPECT_NE(api.find(deployment), nullptr);
  EXPECT_NE(api.find(rbac + "rolebindings/create-daemonset"), nullptr);
  EXPECT_EQ(api.count("PUT " + daemonset), 0U);
  EXPECT_THAT(string_at(condition("Degraded"), "/message"),
              HasSubstr("Deployment kubernetes-image-puller"));
}

TEST_F(OperatorTest, WithoutTheRightToTakeOverItSaysWhatIsMissing) {
  put_resource({{"images", "a=registry.test/a:1"}});
  put_go_operators_objects();
  api.failures.insert(
      {"DELETE " + rbac + "rolebindings/create-daemonset", status(403, "no right")});
  start();
  scheduler.advance(5s);
  EXPECT_NE(api.find(deployment), nullptr);
  EXPECT_THAT(string_at(condition("Degraded"), "/message"), HasSubstr("no right"));
  api.failures.clear();
  scheduler.advance(2min);
  EXPECT_EQ(api.find(deployment), nullptr);
}

// Killed for memory, or its node gone: somebody else begins anew.
TEST_F(OperatorTest, AnOperatorThatEndsInTheMiddleOfATakeoverGoesOnWhereItWas) {
  for (const std::string& last : go_operators_objects()) {
    SCOPED_TRACE(last);
    put_resource({{"images", "a=registry.test/a:1"}}, "puller");
    put_go_operators_objects();
    api.failures.emplace("GET " + last, status(500));  // so far it comes
    start("one");
    scheduler.advance(2s);
    EXPECT_NE(api.find(last), nullptr);
    op.reset();
    api.failures.clear();
    api.remove(lease);  // which would have to run out first
    start("two");
    scheduler.advance(2min);
    for (const std::string& path : go_operators_objects())
      EXPECT_EQ(api.find(path), nullptr) << path;
    EXPECT_EQ(string_at(condition("Degraded"), "/status"), "False");
    op.reset();
    api.remove(resources + "/puller");
    api.remove(daemonset);
    api.remove(lease);
  }
}

TEST_F(OperatorTest, WithoutTheRightsToTakeOverItWorksAndAsksNoFurther) {
  for (const char* name : {"first", "second", "third"}) {
    const std::string old = "/apis/apps/v1/namespaces/images/deployments/of-" + std::string(name);
    api.failures.emplace("GET " + old, status(403, "cannot get resource \"deployments\""));
    put_resource({{"images", "a=registry.test/a:1"},
                  {"daemonsetName", name},
                  {"deploymentName", "of-" + std::string(name)}},
                 name);
  }
  start();
  ::testing::internal::CaptureStderr();
  scheduler.advance(1h);
  const std::string log = ::testing::internal::GetCapturedStderr();
  for (const char* name : {"first", "second", "third"}) {
    EXPECT_NE(api.find(daemonsets + "/" + name), nullptr) << name;
    EXPECT_EQ(string_at(condition("Degraded", name), "/status"), "False");
    EXPECT_LE(api.count("GET /apis/apps/v1/namespaces/images/deployments/of-" + std::string(name)),
              2U);
  }
  const std::string said = "may not look for what an earlier operator made";
  EXPECT_EQ(log.find(said, log.find(said) + 1), std::string::npos) << log;
  EXPECT_EQ(log.find("cannot take over"), std::string::npos) << log;
}

// The first refusal of a namespace speaks for all its resources, and none is told as trouble.
TEST_F(OperatorTest, WithoutTheRightsToTakeOverNoStatusSaysSoAndANamespaceIsAskedTwice) {
  start();
  for (const char* name : {"first", "second", "third"}) {
    api.failures.emplace("GET /apis/apps/v1/namespaces/images/deployments/of-" + std::string(name),
                         status(403, "cannot get resource \"deployments\""));
    put_resource({{"images", "a=registry.test/a:1"},
                  {"daemonsetName", name},
                  {"deploymentName", std::string("of-") + name}},
                 name);
  }
  scheduler.advance(300ms);  // one refusal each, and none is believed yet
  for (const char* name : {"first", "second", "third"})
    EXPECT_NE(string_at(condition("Degraded", name), "/status"), "True") << name;
  scheduler.advance(1min);
  int asked = 0;
  for (const char* name : {"first", "second", "third"})
    asked += static_cast<int>(
        api.count("GET /apis/apps/v1/namespaces/images/deployments/of-" + std::string(name)));
  EXPECT_EQ(asked, 4);
}

TEST_F(OperatorTest, TheSecondReplicaTouchesNothing) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  scheduler.advance(10s);
  Operator second(api, api, scheduler, {{"images"}, "ops", "two", ""});
  api.requests.clear();
  second.start();
  scheduler.advance(1min);
  for (const auto& request : api.requests)
    EXPECT_THAT(request, ::testing::AnyOf(HasSubstr("/leases/"), HasSubstr("route.openshift.io")));
  EXPECT_EQ(string_at(*api.find(lease), "/spec/holderIdentity"), "one");
}

TEST_F(OperatorTest, AtItsEndEverythingStaysAndTheLeaseIsFree) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  bool ended = false;
  op->shut_down([&] { ended = true; });
  scheduler.advance(1s);
  EXPECT_TRUE(ended);
  EXPECT_NE(api.find(daemonset), nullptr);
  EXPECT_EQ(string_at(*api.find(lease), "/spec/holderIdentity"), "");
}

// Two resources of one namespace that ask for one name: documented, and told as a clash.
class ClashTest : public OperatorTest {
 protected:
  ClashTest() {
    start();
    put_resource({{"images", "a=registry.test/a:1"}}, "first");
    put_resource({{"images", "b=registry.test/b:1"}}, "second");
  }
  void touch() {  // a status that changes: an event of the DaemonSet
    json object = *api.find(daemonset);
    object["status"]["numberReady"] = int_at(object, "/status/numberReady") + 1;
    api.put(daemonset, object);
    scheduler.advance(2s);
  }
  bool is_of_the_first() const {
    return api.find(daemonset) != nullptr && images_of() == json::array({"registry.test/a:1"});
  }
};

TEST_F(ClashTest, TheOwnerStillRepairs) {
  api.remove(daemonset);
  scheduler.advance(1s);
  EXPECT_NE(api.find(daemonset), nullptr);
}

TEST_F(ClashTest, TheSecondThatTakesAnotherNameLeavesTheOwnersDaemonSet) {
  const std::string uid = uid_of(daemonset);
  put_resource({{"images", "b=registry.test/b:1"}, {"daemonsetName", "other"}}, "second");
  touch();
  EXPECT_TRUE(is_of_the_first());
  EXPECT_EQ(uid_of(daemonset), uid);
  EXPECT_NE(api.find(daemonsets + "/other"), nullptr);
  api.remove(daemonset);
  scheduler.advance(1s);
  EXPECT_TRUE(is_of_the_first());
}

TEST_F(ClashTest, TheSecondThatGoesLeavesTheOwnersDaemonSet) {
  const std::string uid = uid_of(daemonset);
  api.remove(resources + "/second");
  touch();
  EXPECT_TRUE(is_of_the_first());
  EXPECT_EQ(uid_of(daemonset), uid);
}

TEST_F(ClashTest, AfterARestartTheOwnerStillRepairs) {
  op.reset();
  scheduler.advance(20s);
  start("again");
  scheduler.advance(20s);  // the Lease of the one before
  api.remove(daemonset);
  scheduler.advance(1s);
  EXPECT_NE(api.find(daemonset), nullptr);
}

TEST_F(OperatorTest, ARenameThatIsRefusedLeavesTheOldDaemonSet) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}, {"daemonsetName", "old"}});
  api.failures.emplace("POST " + daemonsets, status(403, "denied the request: not that image"));
  put_resource({{"images", "a=evil.io/a:1"}, {"daemonsetName", "new"}});
  scheduler.advance(10min);
  EXPECT_NE(api.find(daemonsets + "/old"), nullptr);
  EXPECT_THAT(string_at(condition("Degraded"), "/message"), HasSubstr("not that image"));
  api.failures.clear();
  scheduler.advance(6min);
  EXPECT_NE(api.find(daemonsets + "/new"), nullptr);
  EXPECT_EQ(api.find(daemonsets + "/old"), nullptr);
}

TEST_F(OperatorTest, APolicyThatRefusesAnEditDoesNotTakeTheImagesAway) {
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  for (const auto& request : {"PUT " + daemonset, "POST " + daemonsets})
    api.failures.emplace(request, status(403, "admission webhook \"v\" denied the request: no"));
  put_resource({{"images", "a=registry.test/a:1;b=evil.io/b:1"}});
  scheduler.advance(1min);
  EXPECT_NE(api.find(daemonset), nullptr);
  EXPECT_THAT(string_at(condition("Degraded"), "/message"), HasSubstr("denied the request: no"));
}

TEST_F(OperatorTest, AReadThatFailsOnceDoesNotLeaveAResourceWithoutItsDaemonSet) {
  start();
  api.failures.emplace("GET " + daemonset, status(503));
  put_resource({{"images", "a=registry.test/a:1"}});
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_NE(api.find(daemonset), nullptr);
  api.failures.emplace("GET " + daemonset, status(429));
  api.remove(daemonset);
  scheduler.advance(1s);
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_NE(api.find(daemonset), nullptr);
}

TEST_F(OperatorTest, AHiccupOfTheTakeoverIsNoTroubleForEver) {
  api.failures.emplace("GET " + deployment, status(503));
  start();
  put_resource({{"images", "a=registry.test/a:1"}});
  scheduler.advance(1s);
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_EQ(string_at(condition("Degraded"), "/status"), "False");
}

TEST_F(OperatorTest, AThousandResourcesAreFollowedByOneWatchOfEachKind) {
  start();
  for (int i = 0; i < 20; ++i)
    put_resource({{"images", "a=registry.test/a:1"}, {"daemonsetName", "d" + std::to_string(i)}},
                 "r" + std::to_string(i));
  scheduler.advance(10s);
  EXPECT_EQ(api.open_watches(), 3U) << "resources, DaemonSets, pods";
}

}  // namespace
}  // namespace kip::operators
