#include "operator/go_operator_migration.h"

#include <map>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_api.h"

namespace kip::operators {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::status;

const std::string core_api = "/api/v1/namespaces/images/";
const std::string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/images/";
const std::string deployments = "/apis/apps/v1/namespaces/images/deployments/";

const std::string deployment = deployments + "kubernetes-image-puller";
const std::string configmap = core_api + "configmaps/k8s-image-puller";
const std::string role = rbac + "roles/create-daemonset";
const std::string role_binding = rbac + "rolebindings/create-daemonset";
const std::string service_account = core_api + "serviceaccounts/k8s-image-puller";

class GoOperatorMigrationTest : public ::testing::Test {
 protected:
  static json a_resource(json spec = json::object(), const std::string& space = "images") {
    return {{"metadata", {{"name", "puller"}, {"namespace", space}, {"uid", "u1"}}},
            {"spec", std::move(spec)}};
  }
  static json owned_by(const std::string& uid) {
    return {{"metadata", {{"ownerReferences", json::array({{{"uid", uid}}})}}}};
  }
  void put_all() {
    for (const auto& path : {deployment, configmap, role, role_binding, service_account})
      api.put(path, owned_by("u1"));
  }
  void start(const json& resource = a_resource()) {
    migration = std::make_unique<GoOperatorMigration>(api, scheduler, cluster, resource, [this] {
      states.push_back(migration->is_ready() ? "ready" : migration->trouble());
    });
    migration->start();
    scheduler.advance(100ms);
  }
  void finish() {
    migration->finish();
    scheduler.advance(100ms);
  }
  std::string uid_of(const std::string& path) const {
    return string_at(*api.find(path), "/metadata/uid");
  }
  std::vector<std::string> deletes() const {
    std::vector<std::string> found;
    for (const auto& request : api.requests)
      if (request.starts_with("DELETE ")) found.push_back(request.substr(7));
    return found;
  }

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  Cluster cluster;
  std::vector<std::string> states;  // at each on_change: "ready", else the trouble
  std::unique_ptr<GoOperatorMigration> migration;
};

TEST_F(GoOperatorMigrationTest, WithoutADeploymentItIsReadyAndAsksForNothingElse) {
  start();
  EXPECT_THAT(states, ElementsAre("ready"));
  EXPECT_THAT(migration->predecessors(), IsEmpty());
  finish();
  EXPECT_THAT(api.requests, ElementsAre("GET " + deployment));
}

TEST_F(GoOperatorMigrationTest, ADeploymentThatTheResourceDoesNotOwnIsLeftAlone) {
  put_all();
  api.put(deployment, owned_by("of another"));
  start();
  EXPECT_TRUE(migration->is_ready());
  EXPECT_THAT(migration->predecessors(), IsEmpty());
  finish();
  EXPECT_THAT(deletes(), IsEmpty());
}

TEST_F(GoOperatorMigrationTest, ItIsReadyOnceTheRoleBindingIsGoneAndNothingElse) {
  put_all();
  api.failures.emplace("DELETE " + role_binding, status(500));
  start();
  EXPECT_FALSE(migration->is_ready());
  finish();
  EXPECT_THAT(deletes(), Each(role_binding)) << "not before it is ready";
  api.failures.clear();
  scheduler.advance(1s);
  EXPECT_TRUE(migration->is_ready());
  EXPECT_EQ(api.find(role_binding), nullptr);
  for (const auto& path : {deployment, configmap, role, service_account})
    EXPECT_NE(api.find(path), nullptr) << path;
  EXPECT_THAT(migration->predecessors(), ElementsAre(uid_of(deployment)));
}

TEST_F(GoOperatorMigrationTest, ThenTheRestGoesOnceAndTheDeploymentLast) {
  put_all();
  start();
  states.clear();
  migration->finish();
  scheduler.advance(3ms);
  finish();
  EXPECT_EQ(api.count("GET " + configmap), 1U) << "it does not begin anew";
  EXPECT_THAT(deletes(), ElementsAre(role_binding, configmap, role, service_account, deployment));
  EXPECT_THAT(migration->predecessors(), IsEmpty());
  EXPECT_THAT(states, ElementsAre("ready"));
  finish();
  EXPECT_EQ(deletes().size(), 5U);
}

TEST_F(GoOperatorMigrationTest, UntilTheDeploymentIsGoneItStaysAPredecessor) {
  put_all();
  start();
  api.failures.emplace("DELETE " + deployment, status(500));
  finish();
  EXPECT_THAT(deletes(), Contains(service_account));
  EXPECT_THAT(migration->predecessors(), ElementsAre(uid_of(deployment)));
}

TEST_F(GoOperatorMigrationTest, OnlyWhatWasLookedAtIsDeleted) {
  put_all();
  std::map<std::string, std::string> uids;
  for (const auto& path : {deployment, configmap, role, role_binding, service_account})
    uids[path] = uid_of(path);
  start();
  finish();
  for (const auto& [path, uid] : uids)
    EXPECT_EQ(string_at(api.bodies("DELETE " + path).at(0), "/preconditions/uid"), uid) << path;
}

TEST_F(GoOperatorMigrationTest, AnotherOneOfTheNameByNowIsLookedAtItself) {
  put_all();
  start();
  api.failures.emplace("DELETE " + role, status(409));
  migration->finish();
  while (api.count("DELETE " + role) == 0) scheduler.advance(1ms);
  api.put(role, owned_by("of another"));
  finish();
  EXPECT_EQ(api.count("DELETE " + role), 1U);
  EXPECT_EQ(api.count("GET " + role), 2U);
  EXPECT_EQ(api.find(deployment), nullptr);
  EXPECT_EQ(migration->trouble(), "");
}

TEST_F(GoOperatorMigrationTest, WhatIsSomebodyElsesOrGoneIsPassedBy) {
  put_all();
  api.remove(role_binding);  // an earlier one of us ended after that
  api.put(configmap, owned_by("of another"));
  api.failures.emplace("DELETE " + role, status(404));
  start();
  finish();
  EXPECT_THAT(deletes(), ElementsAre(role, service_account, deployment));
}

TEST_F(GoOperatorMigrationTest, TheNamesAreThoseThatTheResourceSays) {
  api.put(deployments + "mine", owned_by("u1"));
  api.put(core_api + "configmaps/my-settings", owned_by("u1"));
  start(a_resource({{"deploymentName", "mine"}, {"configMapName", "my-settings"}}));
  finish();
  EXPECT_THAT(deletes(), ElementsAre(core_api + "configmaps/my-settings", deployments + "mine"));
}

TEST_F(GoOperatorMigrationTest, A403ThatPassesDoesNotEndTheTakeover) {
  put_all();
  api.failures.emplace("GET " + deployment, status(403));
  start();
  EXPECT_THAT(states, IsEmpty()) << "it is not believed yet";
  api.failures.clear();
  scheduler.advance(2s);
  EXPECT_THAT(states, ElementsAre("ready"));
  EXPECT_EQ(api.find(role_binding), nullptr);
}

TEST_F(GoOperatorMigrationTest, TheSecond403IsBelievedAndNobodyAsksInThatNamespaceAgain) {
  put_all();
  api.failures.emplace("GET " + deployment, status(403, "cannot get resource \"deployments\""));
  ::testing::internal::CaptureStderr();
  start();
  scheduler.advance(1h);
  EXPECT_EQ(api.count("GET " + deployment), 2U);
  EXPECT_THAT(states, ElementsAre("ready"));
  finish();
  EXPECT_THAT(deletes(), IsEmpty());

  start(a_resource({{"deploymentName", "other"}}));
  EXPECT_TRUE(migration->is_ready());
  EXPECT_EQ(api.count("GET " + deployments + "other"), 0U);

  const std::string elsewhere = "/apis/apps/v1/namespaces/more/deployments/kubernetes-image-puller";
  api.failures.emplace("GET " + elsewhere, status(403));
  start(a_resource(json::object(), "more"));
  scheduler.advance(1h);
  EXPECT_EQ(api.count("GET " + elsewhere), 2U);
  EXPECT_TRUE(migration->is_ready());
  const std::string log = ::testing::internal::GetCapturedStderr();
  const std::string told = "may not look for what an earlier operator made";
  EXPECT_THAT(log, HasSubstr(told));
  EXPECT_EQ(log.find(told), log.rfind(told)) << log;
  EXPECT_THAT(log, Not(HasSubstr("cannot take over")));
}

TEST_F(GoOperatorMigrationTest, WhatWasRefusedToAnotherSinceTheLastTryIsNotTriedAgain) {
  api.failures.emplace("GET " + deployment, status(403));
  start();
  cluster.no_migration_in.insert("images");
  scheduler.advance(1h);
  EXPECT_EQ(api.count("GET " + deployment), 1U);
  EXPECT_THAT(states, ElementsAre("ready"));
}

TEST_F(GoOperatorMigrationTest, TroubleIsToldOnceInTheServersWordsAndClearedWhenItGoesOn) {
  put_all();
  const auto failing = [this](const std::string& request, int code, const std::string& words) {
    api.failures.insert_or_assign(request, status(code, words));
  };
  failing("GET " + deployment, 500, "no leader");
  start();
  scheduler.advance(10s);
  EXPECT_THAT(states, ElementsAre(HasSubstr("no leader")));
  EXPECT_FALSE(migration->is_ready());
  api.failures.clear();
  failing("DELETE " + role_binding, 403, "cannot delete");  // a right that is to be given
  scheduler.advance(10min);
  EXPECT_THAT(states, ElementsAre(HasSubstr("no leader"), HasSubstr("cannot delete")));
  EXPECT_THAT(migration->trouble(), HasSubstr("cannot delete"));
  EXPECT_FALSE(migration->is_ready());
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_EQ(migration->trouble(), "");
  EXPECT_TRUE(migration->is_ready());
}

}  // namespace
}  // namespace kip::operators
