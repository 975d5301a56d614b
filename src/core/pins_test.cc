#include "core/pins.h"

#include <gtest/gtest.h>

#include "core/held_images.h"
#include "core/names.h"
#include "core/plan.h"
#include "core/pod_template.h"
#include "testing/golden.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using config::CacheMode;
using testing::noon;
using testing::some_settings;

config::Settings settings_of(CacheMode mode) {
  config::Settings settings = some_settings();
  settings.cache_mode = mode;
  return settings;
}

Facts facts() {
  Facts facts;
  facts.own_image = "registry.test/kubernetes-image-puller:1";
  return facts;
}

// As wanted with `mode`, on two nodes that are all warm; `mark` as an agent left it.
json daemonset_of(CacheMode mode, bool mark) {
  json object =
      desired_daemonset(settings_of(mode), facts(), new_record(settings_of(mode), noon()), 50);
  object["metadata"]["uid"] = "u1";
  object["metadata"]["generation"] = 1;
  if (mark) object["metadata"]["annotations"][pins_mark] = "images.kip";
  object["status"] = {{"observedGeneration", 1},
                      {"desiredNumberScheduled", 2},
                      {"updatedNumberScheduled", 2},
                      {"numberReady", 2}};
  return object;
}

Plan plan_of(CacheMode mode, const json& daemonset, bool are_released,
             WallTime now = noon() + 1min) {
  Observed seen;
  seen.facts = facts();
  seen.daemonset = &daemonset;
  seen.are_pins_released = are_released;
  return plan(settings_of(mode), seen, now);
}

TEST(Pins, ADaemonSetOfAnAgentIsMarkedAndKeepsTheMarkInAnotherMode) {
  const json agent = daemonset_of(CacheMode::agent, false);
  const config::Settings settings = some_settings();
  EXPECT_EQ(pinned_by(agent), pins_instance(settings.namespace_name, settings.daemonset_name));
  const Plan left = plan_of(CacheMode::sleep, agent, false);
  ASSERT_EQ(left.action.kind, Action::Kind::replace);
  EXPECT_EQ(pinned_by(left.action.object), pinned_by(agent));
  EXPECT_TRUE(fetching_container(at(left.action.object, "/spec/template/spec")).is_null());
}

TEST(Pins, TheyAreTakenAwayWhenEveryNodeHoldsTheImagesInAnotherWay) {
  json daemonset = daemonset_of(CacheMode::sleep, true);
  EXPECT_TRUE(plan_of(CacheMode::sleep, daemonset, false).may_release_pins);
  EXPECT_FALSE(
      plan_of(CacheMode::sleep, daemonset_of(CacheMode::sleep, false), false).may_release_pins);
  EXPECT_FALSE(
      plan_of(CacheMode::agent, daemonset_of(CacheMode::agent, true), false).may_release_pins);

  daemonset["status"]["updatedNumberScheduled"] = 1;
  daemonset["status"]["numberReady"] = 1;
  const Plan waits = plan_of(CacheMode::sleep, daemonset, false);
  EXPECT_FALSE(waits.may_release_pins);
}

TEST(Pins, ARefreshThatRecreatesWouldForgetThemSoItRollsUntilTheyAreGone) {
  config::Settings settings = settings_of(CacheMode::sleep);
  settings.refresh = config::Refresh::always;
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  Observed seen;
  seen.facts = facts();
  for (const bool mark : {true, false}) {
    const json daemonset = daemonset_of(CacheMode::sleep, mark);
    seen.daemonset = &daemonset;
    const Plan due = plan(settings, seen, noon() + 2 * settings.interval);
    EXPECT_EQ(due.action.kind, mark ? Action::Kind::replace : Action::Kind::remove);
    if (mark) {
      EXPECT_EQ(pinned_by(due.action.object), "images.kip");
    }
  }
}

TEST(Pins, WhenTheyAreTakenAwayTheMarkGoesAndNoPodIsReplaced) {
  const json daemonset = daemonset_of(CacheMode::pin, true);
  const Plan done = plan_of(CacheMode::pin, daemonset, true);
  EXPECT_EQ(done.finding.reason, "PinsReleased");
  ASSERT_EQ(done.action.kind, Action::Kind::replace);
  EXPECT_EQ(pinned_by(done.action.object), "");
  EXPECT_EQ(at(done.action.object, "/spec/template"), at(daemonset, "/spec/template"));
  EXPECT_EQ(plan_of(CacheMode::pin, done.action.object, true).finding.reason, "Steady");
}

TEST(Pins, WhatReleasesRunsOnTheSameNodesHoldsNoImageAndGoesWithItsDaemonSet) {
  const json daemonset = daemonset_of(CacheMode::sleep, true);
  config::Settings settings = settings_of(CacheMode::sleep);
  settings.node_selector = {{"pool", "a"}};
  const json releasing = release_daemonset(settings, facts(), daemonset);
  testing::expect_golden(releasing.dump(2) + "\n", "src/core/testdata/release.json");
  const json& spec = at(releasing, "/spec/template/spec");
  EXPECT_EQ(to_text(spec).find("quay.io/eclipse/che-theia"), std::string::npos);
  EXPECT_EQ(at(spec, "/nodeSelector"), settings.node_selector);
  EXPECT_EQ(at(releasing, "/metadata/ownerReferences")[0]["uid"], "u1");
  EXPECT_TRUE(is_releasing(releasing));
  EXPECT_FALSE(is_releasing(daemonset));
}

TEST(Pins, ReleaseIsDoneWhenAllNodesAre) {
  json releasing = {{"metadata", {{"generation", 1}}}};
  EXPECT_EQ(release_of(releasing), std::nullopt);
  releasing["status"] = {
      {"observedGeneration", 1}, {"desiredNumberScheduled", 3}, {"numberReady", 1}};
  EXPECT_EQ(release_of(releasing), (Release{3, 2}));
  releasing["status"]["numberReady"] = 3;
  EXPECT_EQ(release_of(releasing), (Release{3, 0}));
}

TEST(Pins, TheNameFitsAndIsAnotherForEach) {
  EXPECT_EQ(release_name("kip"), "kip-release");
  const std::string long_name(250, 'n');
  EXPECT_LE(release_name(long_name + "a").size(), 253U);
  EXPECT_NE(release_name(long_name + "a"), release_name(long_name + "b"));
}

TEST(Pins, WhatIsRootOnNodesIsForOurDeploymentToSayWhereThereIsOne) {
  config::Settings settings = settings_of(CacheMode::agent);
  settings.agent_image = testing::reference("registry.test/evil:1");
  settings.runtime_socket = {"/etc", "", "shadow"};
  Facts known = facts();
  EXPECT_EQ(agent_image(settings, known), "registry.test/evil:1") << "nothing of it is a ConfigMap";
  EXPECT_FALSE(is_agent_overruled(settings, known));

  known.agent.emplace();
  EXPECT_EQ(agent_image(settings, known), "registry.test/image-puller-agent:1");
  EXPECT_EQ(runtime_socket(settings, known), config::Settings().runtime_socket);
  EXPECT_TRUE(is_agent_overruled(settings, known));
  EXPECT_EQ(to_text(pod_spec(settings, known, {})).find("evil"), std::string::npos);
  EXPECT_EQ(to_text(pod_spec(settings, known, {})).find("/etc"), std::string::npos);

  known.agent = {testing::reference("registry.test/mine:1"),
                 config::RuntimeSocket{"/run/k3s/containerd", "", "containerd.sock"}};
  EXPECT_EQ(agent_image(settings, known), "registry.test/mine:1");
  EXPECT_EQ(runtime_socket(settings, known).folder, "/run/k3s/containerd");
  EXPECT_TRUE(is_agent_overruled(settings, known));
  settings.agent_image = known.agent->image;
  settings.runtime_socket = *known.agent->runtime_socket;
  EXPECT_FALSE(is_agent_overruled(settings, known));
}

}  // namespace
}  // namespace kip::core
