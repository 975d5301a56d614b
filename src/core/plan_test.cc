#include "core/plan.h"

#include <gtest/gtest.h>

#include "core/names.h"
#include "core/ownership.h"
#include "core/refresh.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using testing::noon;
using testing::some_settings;
using Kind = Action::Kind;

// As wanted, refreshed at noon, on two nodes.
json steady_daemonset() {
  json object = desired_daemonset(some_settings(), {}, new_record(some_settings(), noon()), 50);
  object["metadata"]["uid"] = "u1";
  object["metadata"]["resourceVersion"] = "7";
  object["metadata"]["generation"] = 1;
  object["metadata"]["creationTimestamp"] = "2026-01-31T12:00:00Z";
  object["status"] = {
      {"observedGeneration", 1}, {"desiredNumberScheduled", 2}, {"updatedNumberScheduled", 2}};
  return object;
}

// With the DaemonSet that is seen, and an image that sleep can be taken from.
struct Seen : Observed {
  Seen() { facts.own_image = default_kip_image; }
  json daemonset;
};

Seen seen(json daemonset) {
  Seen observed;
  observed.daemonset = std::move(daemonset);
  return observed;
}

Plan plan(const config::Settings& settings, Seen observed, WallTime now) {
  static_cast<Observed&>(observed).daemonset = &observed.daemonset;
  return core::plan(settings, observed, now);
}

std::string refreshed(const Plan& plan) {
  return object_at(plan.action.object, "/spec/template/metadata/annotations")
      .value(refreshed_at, "");
}

TEST(Plan, NothingThereIsCreated) {
  const Plan p = plan(some_settings(), seen(nullptr), noon());
  EXPECT_EQ(p.finding.reason, "Absent");
  EXPECT_EQ(p.action.kind, Kind::create);
  EXPECT_EQ(refreshed(p), "2026-01-31T12:00:00Z");
}

TEST(Plan, NothingIsCreatedWhileTheDeploymentIsLeaving) {
  Seen observed = seen(nullptr);
  observed.owner = OwnerState::leaving;
  const Plan p = plan(some_settings(), observed, noon());
  EXPECT_EQ(p.finding.reason, "OwnerLeaving");
  EXPECT_EQ(p.action.kind, Kind::none);
}

TEST(Plan, WhatIsAsWantedIsLeftUntilTheNextRefresh) {
  const Plan p = plan(some_settings(), seen(steady_daemonset()), noon() + 1min);
  EXPECT_EQ(p.finding.reason, "Steady");
  EXPECT_EQ(p.action.kind, Kind::none);
  EXPECT_EQ(p.requeue_at, next_refresh(steady_daemonset(), 1h, noon()));
}

TEST(Plan, AStatusThatChangesCostsNoWrite) {
  json object = steady_daemonset();
  object["status"]["numberReady"] = 1;
  object["status"]["updatedNumberScheduled"] = 0;
  EXPECT_EQ(plan(some_settings(), seen(object), noon()).action.kind, Kind::none);
}

TEST(Plan, AForeignDaemonSetOfThatNameIsLeftAlone) {
  json object = steady_daemonset();
  object["metadata"].erase("labels");
  object["spec"]["selector"]["matchLabels"] = {{"app", "x"}};
  const Plan p = plan(some_settings(), seen(object), noon());
  EXPECT_EQ(p.finding.reason, "NotOurs");
  EXPECT_TRUE(p.finding.is_warning);
  EXPECT_EQ(p.action.kind, Kind::none);
}

TEST(Plan, ADaemonSetOfTheGoVersionIsTakenOver) {
  json object =
      json::parse(R"({"metadata":{"name":"kubernetes-image-puller","uid":"g","resourceVersion":"3",
    "creationTimestamp":"2026-01-31T11:50:00Z","ownerReferences":[{"kind":"Deployment","name":"kip","uid":"d"}]},
    "spec":{"selector":{"matchLabels":{"app.kubernetes.io/name":"image-puller","test":"daemonset-test"}},
    "template":{"spec":{"containers":[{"name":"theia","image":"x"}]}}}})");
  const Plan p = plan(some_settings(), seen(object), noon());
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_EQ(p.action.kind, Kind::replace);
  EXPECT_EQ(p.action.object.at("metadata").at("resourceVersion"), "3");
}

TEST(Plan, OneThatOnlyNamesOurDeploymentAsOwnerIsOurs) {
  config::Settings settings = some_settings();
  settings.deployment_name = "kip";
  const json object =
      json::parse(R"({"metadata":{"ownerReferences":[{"kind":"Deployment","name":"kip"}]}})");
  EXPECT_TRUE(is_ours(object, settings, {}, {}));
  settings.deployment_name = "";
  EXPECT_FALSE(is_ours(object, settings, {}, {}));
}

TEST(Plan, WhatIsBeingDeletedIsWaitedFor) {
  json object = steady_daemonset();
  object["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  object["spec"]["template"]["spec"]["containers"].clear();
  const Plan p = plan(some_settings(), seen(object), noon());
  EXPECT_EQ(p.finding.reason, "BeingDeleted");
  EXPECT_EQ(p.action.kind, Kind::none);
}

TEST(Plan, ASelectorCannotBeChangedSoTheDaemonSetIsDeleted) {
  json object = steady_daemonset();
  object["spec"]["selector"]["matchLabels"]["more"] = "x";
  const Plan p = plan(some_settings(), seen(object), noon());
  EXPECT_EQ(p.finding.reason, "SelectorDiffers");
  EXPECT_EQ(p.action.kind, Kind::remove);
  EXPECT_EQ(p.action.uid, "u1");
}

TEST(Plan, AHandEditIsPutBackAndKeepsTheTimeOfTheLastRefresh) {
  json object = steady_daemonset();
  object["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  const Plan p = plan(some_settings(), seen(object), noon() + 20min);
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_NE(p.finding.detail.find("containers[0].image"), std::string::npos);
  EXPECT_EQ(p.action.kind, Kind::replace);
  EXPECT_EQ(refreshed(p), "2026-01-31T12:00:00Z");
  EXPECT_EQ(array_at(p.action.object, "/spec/template/spec/containers").at(0).at("image"),
            "quay.io/eclipse/che-theia:next");
}

TEST(Plan, TheFirstDifferenceIsNamedAndTheOthersAreCounted) {
  const auto end_of_detail = [](const json& object) {
    const std::string detail = plan(some_settings(), seen(object), noon()).finding.detail;
    return detail.substr(detail.find(" is wanted") + 10);
  };
  json object = steady_daemonset();
  json& containers = object["spec"]["template"]["spec"]["containers"];
  containers[0]["image"] = "evil:1";
  EXPECT_EQ(end_of_detail(object), "");
  containers[1]["image"] = "evil:2";
  EXPECT_EQ(end_of_detail(object), ", and 1 more difference");
  containers[1]["imagePullPolicy"] = "Never";
  EXPECT_EQ(end_of_detail(object), ", and 2 more differences");
}

TEST(Plan, AChangeThatIsDueAnywayIsOneWithTheRefresh) {
  json object = steady_daemonset();
  object["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  EXPECT_EQ(refreshed(plan(some_settings(), seen(object), noon() + 2h)), "2026-01-31T14:00:00Z");
}

TEST(Plan, WhatTheServerInsistsOnIsNotWrittenAgain) {
  json object = steady_daemonset();
  object["spec"]["template"]["spec"]["hostUsers"] = false;
  Seen observed = seen(object);
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::replace);
  observed.tolerated = {{"spec.template.spec.hostUsers", "false", "absent"}};
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::none);
  observed.daemonset["spec"]["template"]["spec"]["hostUsers"] =
      true;  // another value is another matter
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::replace);
}

TEST(Plan, AWebhookThatKeepsALabelOtherwiseIsNotFoughtAndHandEditsAreStillSeen) {
  json object = steady_daemonset();
  object["metadata"]["labels"][name_label] = "theirs";
  for (auto& container : object["spec"]["template"]["spec"]["containers"]) container["x"] = "y";
  Seen observed = seen(object);
  const json wanted =
      desired_daemonset(some_settings(), {}, new_record(some_settings(), noon()), 50);
  for (const auto& found : {spec_differences(wanted, object), metadata_differences(wanted, object)})
    observed.tolerated.insert(found.begin(), found.end());
  ASSERT_EQ(observed.tolerated.size(), 3U);
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::none);
  observed.daemonset["spec"]["template"]["spec"]["containers"][1]["image"] = "evil:1";
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::replace);
}

// The DaemonSet is made to differ without another revision, so that a comparison would show.
TEST(Plan, ASpecThatWasAsWantedIsComparedAgainOnlyWhenSomethingThatItDependsOnChanges) {
  Seen observed = seen(steady_daemonset());
  const Plan before = plan(some_settings(), observed, noon());
  ASSERT_TRUE(before.spec_as_wanted);
  observed.spec_as_wanted = &*before.spec_as_wanted;
  observed.daemonset["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  const auto reason = [](const Seen& now) {
    return plan(some_settings(), now, noon()).finding.reason;
  };
  EXPECT_EQ(reason(observed), reasons::steady.name);
  EXPECT_TRUE(plan(some_settings(), observed, noon()).spec_as_wanted);

  Seen other = observed;
  other.spec_revision = 1;
  EXPECT_EQ(reason(other), "Differs");
  EXPECT_FALSE(plan(some_settings(), other, noon()).spec_as_wanted);
  other = observed;
  other.facts.is_openshift = true;
  EXPECT_EQ(reason(other), "Differs");
  other = observed;
  other.held_places = 80;  // of 200 nodes: they take 80 of the 50 places
  other.daemonset["status"]["desiredNumberScheduled"] = 200;
  EXPECT_EQ(reason(other), "Differs");
  other = observed;
  other.daemonset["metadata"]["labels"].clear();
  EXPECT_EQ(reason(other), "Differs");
}

TEST(Plan, WithoutThePermissionToUpdateAChangeIsADelete) {
  json object = steady_daemonset();
  object["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  Seen observed = seen(object);
  observed.may_update = false;
  const Plan p = plan(some_settings(), observed, noon());
  EXPECT_EQ(p.action.kind, Kind::remove);
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_NE(p.finding.message.find("recreating it"), std::string::npos);
  observed.daemonset = steady_daemonset();
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::none);
  EXPECT_EQ(plan(some_settings(), observed, noon() + 2h).action.kind, Kind::remove);
}

TEST(Plan, AnOwnerThatAppearsIsAdded) {
  Seen observed = seen(steady_daemonset());
  observed.facts.owner = OwnerReference{"kip", "d1"};
  observed.owner = OwnerState::present;
  const Plan p = plan(some_settings(), observed, noon());
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_EQ(p.action.object.at("metadata").at("ownerReferences").at(0).at("uid"), "d1");
}

TEST(Plan, ImagesAreRefreshedByATimestampOnceTheIntervalIsOver) {
  const WallTime due = next_refresh(steady_daemonset(), 1h, noon());
  EXPECT_EQ(plan(some_settings(), seen(steady_daemonset()), due - 1ms).action.kind, Kind::none);
  const Plan p = plan(some_settings(), seen(steady_daemonset()), due);
  EXPECT_EQ(p.finding.reason, "Refresh");
  EXPECT_EQ(p.action.kind, Kind::replace);
  EXPECT_EQ(refreshed(p), to_rfc3339(due));
  EXPECT_EQ(at(p.action.object, "/spec/updateStrategy/rollingUpdate/maxUnavailable"), 0);
  EXPECT_EQ(at(p.action.object, "/spec/updateStrategy/rollingUpdate/maxSurge"), 50);
}

TEST(Plan, RecreateDeletesAndWhatIsThenNotThereIsCreated) {
  config::Settings settings = some_settings();
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  EXPECT_EQ(plan(settings, seen(steady_daemonset()), noon() + 2h).action.kind, Kind::remove);
  EXPECT_EQ(plan(settings, seen(nullptr), noon() + 2h).action.kind, Kind::create);
}

TEST(Plan, ARefreshWaitsForTheLastOneToRollOutButNotForEver) {
  json object = steady_daemonset();
  object["status"]["updatedNumberScheduled"] = 0;
  const Plan waits = plan(some_settings(), seen(object), noon() + 70min);
  EXPECT_EQ(waits.finding.reason, "RefreshWaits");
  EXPECT_EQ(waits.action.kind, Kind::none);
  ASSERT_TRUE(waits.requeue_at);
  EXPECT_EQ(plan(some_settings(), seen(object), *waits.requeue_at).action.kind, Kind::replace);
}

TEST(Plan, OneNodeThatIsDownDoesNotHalveTheRefreshes) {
  json object = steady_daemonset();
  object["status"]["desiredNumberScheduled"] = 1000;
  object["status"]["updatedNumberScheduled"] = 999;
  int refreshes = 0;
  for (Duration time = 0ms; time < 24h; time += 1min) {
    const Plan p = plan(some_settings(), seen(object), noon() + time);
    if (p.finding.reason != "Refresh") continue;
    ++refreshes;
    object["spec"] = p.action.object["spec"];
    object["metadata"] = p.action.object["metadata"];
  }
  EXPECT_GE(refreshes, 20);
}

TEST(Plan, AShorterIntervalCountsFromTheLastRefresh) {
  config::Settings settings = some_settings();
  settings.interval = 10min;
  EXPECT_EQ(plan(settings, seen(steady_daemonset()), noon() + 12min).action.kind, Kind::replace);
}

TEST(Plan, AnAnnotationOfTheTemplateThatWasEditedByHandMakesNoLoop) {
  json object = steady_daemonset();
  object["spec"]["template"]["metadata"]["annotations"][refreshed_at] = "garbage";
  const Plan p = plan(some_settings(), seen(object), noon() + 1min);
  ASSERT_EQ(p.action.kind, Kind::replace);
  json after = p.action.object;
  after["status"] = object["status"];
  EXPECT_EQ(plan(some_settings(), seen(after), noon() + 1min).action.kind, Kind::none);
}

TEST(Plan, EveryPlanThatWritesLeadsToSteady) {
  for (const bool openshift : {false, true}) {
    Seen observed;
    observed.facts.is_openshift = openshift;
    observed.nodes_before = 2;
    json made = plan(some_settings(), observed, noon()).action.object;
    made["metadata"]["creationTimestamp"] = to_rfc3339(noon());
    observed.daemonset = made;
    EXPECT_EQ(plan(some_settings(), observed, noon()).finding.reason, "Steady");
    json refreshed_object = plan(some_settings(), observed, noon() + 2h).action.object;
    observed.daemonset = refreshed_object;
    EXPECT_EQ(plan(some_settings(), observed, noon() + 2h).finding.reason, "Steady");
  }
}

TEST(Plan, ADaemonSetOfAnotherCustomResourceIsLeftAloneAndItsOwnerNamed) {
  Seen observed = seen(steady_daemonset());
  observed.facts.owner =
      OwnerReference{"mine", "u1", "che.eclipse.org/v1alpha1", "KubernetesImagePuller"};
  json& owners = observed.daemonset["metadata"]["ownerReferences"];
  owners = json::array({{{"kind", "KubernetesImagePuller"}, {"name", "other"}, {"uid", "u2"}}});
  const Plan p = plan(some_settings(), observed, noon());
  EXPECT_EQ(p.finding.reason, "OfAnother");
  EXPECT_EQ(p.finding.detail, "KubernetesImagePuller other");
  EXPECT_EQ(p.action.kind, Kind::none);
  // A Deployment that is to be taken over from is no other puller.
  owners = json::array({{{"kind", "Deployment"}, {"name", "old"}, {"uid", "d1"}}});
  EXPECT_EQ(plan(some_settings(), observed, noon()).finding.reason, "OfAnother");
  observed.predecessors = {"d1"};
  const Plan takes = plan(some_settings(), observed, noon());
  EXPECT_EQ(takes.action.kind, Kind::replace);
  const json& left = array_at(takes.action.object, "/metadata/ownerReferences");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].at("uid"), "u1");
}

TEST(Plan, WhatWasRefusedIsNotOfferedAgainBeforeItsTime) {
  Seen observed = seen(steady_daemonset());
  observed.daemonset["spec"]["template"]["spec"]["containers"][0]["image"] = "old:1";
  observed.refused = {"images must come from registry.test", noon() + 30s, Kind::replace};
  const Plan refused = plan(some_settings(), observed, noon());
  EXPECT_EQ(refused.finding.reason, "Refused");
  EXPECT_EQ(refused.finding.detail, "images must come from registry.test");
  EXPECT_TRUE(refused.finding.is_warning);
  EXPECT_EQ(refused.action.kind, Kind::none);
  EXPECT_EQ(refused.requeue_at, noon() + 30s);
  EXPECT_EQ(plan(some_settings(), observed, noon() + 30s).action.kind, Kind::replace);
  observed.daemonset = steady_daemonset();
  EXPECT_EQ(plan(some_settings(), observed, noon()).finding.reason, "Steady");
  // Somebody deleted it: that updates are refused is no reason to leave it so.
  observed.daemonset = nullptr;
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::create);
}

TEST(Plan, ADeleteThatLeadsToACreateNamesWhatIsToBeCreated) {
  Seen observed = seen(steady_daemonset());
  observed.may_update = false;
  const Plan refresh = plan(some_settings(), observed, noon() + 2h);
  EXPECT_EQ(refresh.action.kind, Kind::remove);
  EXPECT_EQ(refreshed(refresh), "2026-01-31T14:00:00Z");
  observed.daemonset["spec"]["selector"]["matchLabels"]["more"] = "x";
  EXPECT_TRUE(plan(some_settings(), observed, noon()).action.object.is_object());
}

TEST(Plan, ARolloutRestartIsRespected) {
  json object = steady_daemonset();
  object["spec"]["template"]["metadata"]["annotations"][restarted_at] = "2026-01-31T13:10:00+01:00";
  EXPECT_EQ(plan(some_settings(), seen(object), noon() + 10min).finding.reason, "Steady");
  const Plan refresh = plan(some_settings(), seen(object), noon() + 2h);
  EXPECT_EQ(object_at(refresh.action.object, "/spec/template/metadata/annotations")
                .value(restarted_at, ""),
            "2026-01-31T13:10:00+01:00");
}

TEST(Plan, ADeleteThatTakesLongerThanAMinuteIsToldWithWhatHoldsIt) {
  json object = steady_daemonset();
  object["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  object["metadata"]["finalizers"] = {"foregroundDeletion"};
  Seen observed = seen(object);
  observed.pod_left = "pod p-1 on node dead";
  const Plan early = plan(some_settings(), observed, noon() + 59s);
  EXPECT_FALSE(early.finding.is_warning);
  ASSERT_TRUE(early.requeue_at);
  const Plan late = plan(some_settings(), observed, *early.requeue_at);
  EXPECT_NE(late.finding.detail.find("waits for pod p-1 on node dead"), std::string::npos);
  EXPECT_TRUE(late.finding.is_warning);
  EXPECT_NE(late.finding.detail.find("foregroundDeletion"), std::string::npos);
}

TEST(Plan, ARefreshThatWaitsLongerThanAMinuteIsTold) {
  json object = steady_daemonset();
  object["status"]["updatedNumberScheduled"] = 0;
  const WallTime due = next_refresh(object, 1h, noon());
  EXPECT_FALSE(plan(some_settings(), seen(object), due).finding.is_warning);
  EXPECT_TRUE(plan(some_settings(), seen(object), due + 1min).finding.is_warning);
}

TEST(Plan, WithoutAnImageToTakeSleepFromNothingIsMadeAndTheSettingIsNamed) {
  Seen observed;
  observed.facts.own_image.clear();
  for (const json& there : {json(), steady_daemonset()}) {
    observed.daemonset = there;
    const Plan p = plan(some_settings(), observed, noon() + 2h);
    EXPECT_EQ(p.finding.reason, "KipImageUnknown");
    EXPECT_NE(p.finding.message.find("KIP_IMAGE"), std::string::npos);
    EXPECT_EQ(p.action.kind, Kind::none);
  }
  config::Settings settings = some_settings();
  settings.kip_image = testing::reference("registry.test/kip:1");
  EXPECT_EQ(plan(settings, seen(nullptr), noon()).action.kind, Kind::create);
}

TEST(Plan, WhileTheOwnerIsLeavingNothingIsChanged) {
  Seen observed = seen(steady_daemonset());
  observed.facts.owner =
      OwnerReference{"kip", "d1"};  // its reference was taken away: --cascade=orphan
  observed.owner = OwnerState::leaving;
  EXPECT_EQ(plan(some_settings(), observed, noon()).action.kind, Kind::none);
}

}  // namespace
}  // namespace kip::core
