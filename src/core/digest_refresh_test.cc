// What moves pods where registries are asked for digests: tables over core::plan.
#include <gtest/gtest.h>

#include "core/difference.h"
#include "core/held_images.h"
#include "core/names.h"
#include "core/plan.h"
#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using Kind = Action::Kind;
using State = TagState::Kind;

const std::string old_digest = "sha256:" + std::string(64, '0');
const std::string new_digest = "sha256:" + std::string(64, '1');
const std::string other_digest = "sha256:" + std::string(64, '2');

// Two images, "a" and "b", on two nodes, and what their registry says of them.
class DigestRefresh : public ::testing::Test {
 protected:
  DigestRefresh() {
    settings.refresh = config::Refresh::digest_changed;
    settings.images = {{"a", reference("reg/a:1")}, {"b", reference("reg/b:1")}};
    seen.facts.own_image = default_kip_image;
    daemonset = stored(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
    tell("reg/a:1", State::known, old_digest);
    tell("reg/b:1", State::known, old_digest);
    run(old_digest, old_digest);
  }

  static json stored(json object) {
    object["metadata"]["uid"] = "u1";
    object["metadata"]["generation"] = 1;
    object["metadata"]["creationTimestamp"] = to_rfc3339(noon());
    object["status"] = {{"observedGeneration", 1},
                        {"desiredNumberScheduled", 2},
                        {"updatedNumberScheduled", 2},
                        {"numberReady", 2}};
    return object;
  }
  void tell(const std::string& image, State state, const std::string& digest = "") {
    const WallTime since = digest == old_digest ? noon() : noon() + 30min;
    tags.states[image] = {state, digest, state == State::known ? "" : "it said so", since, asked};
    ++tags.revision;
  }
  // Both nodes have pods of the DaemonSet as it is, whose agents tell so.
  void run_agents(const std::string& report) {
    for (const char* node : {"n1", "n2"}) {
      json pod = pod_of(daemonset, node, created);
      status_of(pod, "fetch")["state"] = {{"terminated", {{"exitCode", 0}, {"message", report}}}};
      pods.put(node, summarize(pod));
    }
  }
  // On both nodes.
  void run(const std::string& a, const std::string& b) {
    for (const char* node : {"n1", "n2"}) run_on(node, a, b);
  }
  void run_on(const std::string& node, const std::string& a, const std::string& b) {
    const auto image_id = [](const char* repository, const std::string& d) {
      return d.empty() ? "" : repository + ("@" + d);
    };
    json pod = running_pod(node, image_id("reg/a", a), image_id("reg/b", b));
    pod["metadata"]["creationTimestamp"] = to_rfc3339(created);
    pods.put(node, summarize(pod));
  }
  Plan plan(WallTime now) {
    seen.daemonset = &daemonset;
    seen.tags = &tags;
    seen.pods = &pods;
    return core::plan(settings, seen, now);
  }
  // What registries told is recorded, which replaces no pod.
  void learn(WallTime now = noon() + 1min) {
    const json before = at(daemonset, "/spec/template");
    const Plan p = plan(now);
    EXPECT_EQ(p.finding.reason, "DigestsKnown");
    EXPECT_EQ(at(p.action.object, "/spec/template"), before);
    carry_out(p);
  }
  // The change of this plan is made, and has rolled out; its pods are new ones.
  void carry_out(const Plan& plan) {
    ASSERT_EQ(plan.action.kind, Kind::replace) << plan.finding.reason;
    daemonset = stored(plan.action.object);
  }
  std::string policies() const {
    std::string text;
    for (const auto& container : array_at(daemonset, "/spec/template/spec/containers"))
      text += string_at(container, "/name") + ":" + string_at(container, "/imagePullPolicy") + " ";
    return text;
  }

  config::Settings settings = some_settings();
  Observed seen;
  json daemonset;
  Tags tags;
  Pods pods;
  WallTime created = noon();       // of pods that run() makes
  WallTime asked = noon() + 900h;  // the registry, by tell()
};

TEST_F(DigestRefresh, AnAgentIsMadeToAskForWhatMovedAndForNothingElse) {
  settings.cache_mode = config::CacheMode::agent;
  daemonset = stored(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
  const std::string both(43, 'A');  // old_digest
  run_agents(R"({"images":2,"failed":0,"digests":[")" + both + R"(",")" + both + R"("]})");
  learn();
  EXPECT_EQ(plan(noon() + 29min).finding.reason, "Steady");
  tell("reg/b:1", State::known, new_digest);
  const Plan p = plan(noon() + 30min);
  EXPECT_EQ(p.finding.reason, "ImageMoved");
  carry_out(p);
  const auto held = held_images(at(daemonset, "/spec/template/spec"));
  EXPECT_EQ(held, (std::vector<HeldImage>{{"a", "reg/a:1", false}, {"b", "reg/b:1", true}}));
}

TEST_F(DigestRefresh, WhatDidNotMoveCostsNoWriteHoweverManyIntervalsPass) {
  learn();
  EXPECT_EQ(policies(), "a:Always b:Always ");
  for (const auto later : {1h, 24h, 10000h}) {
    const Plan p = plan(noon() + later);
    EXPECT_EQ(p.finding.reason, "Steady");
    EXPECT_EQ(p.action.kind, Kind::none);
    EXPECT_EQ(p.requeue_at, std::nullopt);
  }
}

TEST_F(DigestRefresh, OnlyWhatMovedIsAskedForInTheChangedTemplate) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 2h));
  EXPECT_EQ(policies(), "a:Always b:IfNotPresent ");
  created = noon() + 2h;
  run(new_digest, old_digest);
  EXPECT_EQ(plan(noon() + 3h).finding.reason, "Steady");

  tell("reg/b:1", State::known, other_digest);
  const Plan p = plan(noon() + 4h);
  EXPECT_EQ(p.finding.reason, "ImageMoved");
  EXPECT_EQ(p.finding.detail, "b moved from sha256:000000000000 to sha256:222222222222");
  carry_out(p);
  EXPECT_EQ(policies(), "a:IfNotPresent b:Always ");
}

TEST_F(DigestRefresh, AMoveAMomentAfterTheCreationIsOneToo) {
  learn(noon() + 5s);
  tags.states["reg/a:1"] = {State::known, new_digest, "", noon() + 20s, asked};
  ++tags.revision;
  EXPECT_EQ(plan(noon() + 20s).finding.reason, "ImageMoved");
}

TEST_F(DigestRefresh, AMoveInATimeWhenNobodyLookedIsFoundByWhatNodesRun) {
  tell("reg/b:1", State::known, new_digest);  // it is known first with this one, later
  carry_out(plan(noon() + 1h));
  EXPECT_EQ(policies(), "a:IfNotPresent b:Always ");
}

TEST_F(DigestRefresh, ARuntimeWithOtherNamesForDigestsReplacesNoPodForThat) {
  run(new_digest, other_digest);  // by platform: none is the registry's
  learn();
  run_on("n2", other_digest, new_digest);  // a node of another platform
  EXPECT_EQ(plan(noon() + 1h).finding.reason, "Steady");
  tags = {};  // a restart of ours
  tell("reg/a:1", State::known, old_digest);
  tell("reg/b:1", State::known, old_digest);
  tags.states["reg/a:1"].since = tags.states["reg/b:1"].since = noon() + 5h;
  EXPECT_EQ(plan(noon() + 5h).finding.reason, "Steady");
  tell("reg/a:1", State::known, "sha256:" + std::string(64, '3'));
  carry_out(plan(noon() + 6h));
  created = noon() + 6h;
  run("sha256:" + std::string(64, '4'), other_digest);
  for (int hour = 7; hour < 9; ++hour) {
    const Plan p = plan(noon() + std::chrono::hours(hour));
    EXPECT_EQ(p.action.kind, Kind::none);
    EXPECT_TRUE(p.notices->empty());
  }
}

TEST_F(DigestRefresh, WhereNodesTellNoDigestsOneRefreshByTimeRecordsThem) {
  run("", "");
  for (auto& [image, state] : tags.states) state.since = noon() + 10min;  // not as they pulled
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "Steady");
  const Plan p = plan(noon() + 2h);
  EXPECT_EQ(p.finding.reason, "Refresh");
  carry_out(p);
  EXPECT_EQ(plan(noon() + 24h).finding.reason, "Steady");
  tell("reg/a:1", State::known, new_digest);
  EXPECT_EQ(plan(noon() + 24h).finding.reason, "ImageMoved");
}

TEST_F(DigestRefresh, ARegistryThatNeverAnsweredIsRefreshedByTimeAndTheOthersAreNotAskedFor) {
  for (const State state : {State::unreachable, State::refused, State::missing}) {
    SCOPED_TRACE(static_cast<int>(state));
    daemonset = stored(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
    tell("reg/b:1", state);
    learn();
    const Plan early = plan(noon() + 10min);
    EXPECT_EQ(early.finding.reason, "Steady");
    ASSERT_TRUE(early.requeue_at);
    const Plan p = plan(*early.requeue_at);
    EXPECT_EQ(p.finding.reason, "Refresh");
    carry_out(p);
    EXPECT_EQ(policies(), "a:IfNotPresent b:Always ");
    const Plan next = plan(*early.requeue_at + 10min);
    EXPECT_EQ(next.finding.reason, "Steady");
    ASSERT_TRUE(next.requeue_at);
    EXPECT_GT(*next.requeue_at, *early.requeue_at + 50min);
  }
}

TEST_F(DigestRefresh, ARegistryThatAnsweredBeforeAndIsDownFreezesWhatIs) {
  learn();
  tags.states["reg/b:1"] = {State::unreachable, old_digest, "no route", noon(), asked};
  ++tags.revision;
  const Plan p = plan(noon() + 24h);
  EXPECT_EQ(p.action.kind, Kind::none);
  ASSERT_EQ(p.notices->size(), 1U);
  EXPECT_EQ(p.notices->at(0).reason, &reasons::registry_unreachable);
  EXPECT_EQ(p.notices->at(0).name, "b");
}

TEST_F(DigestRefresh, ARestartOfOursWhileTheRegistryIsDownFreezesTooWhereNothingEverMoved) {
  learn();
  tags = {};
  tell("reg/a:1", State::unreachable);
  tell("reg/b:1", State::refused);
  const Plan p = plan(noon() + 24h);
  EXPECT_EQ(p.action.kind, Kind::none);
  EXPECT_EQ(p.notices->size(), 2U);
}

TEST_F(DigestRefresh, ATagThatVanishedFreezesItsImageAndIsTold) {
  learn();
  tags.states["reg/a:1"] = {State::missing, old_digest, "404", noon(), asked};
  ++tags.revision;
  const Plan p = plan(noon() + 24h);
  EXPECT_EQ(p.action.kind, Kind::none);
  ASSERT_EQ(p.notices->size(), 1U);
  EXPECT_EQ(p.notices->at(0).reason, &reasons::tag_missing);
}

TEST_F(DigestRefresh, ANodeThatIsBehindIsAskedForOnceMoreAndThenTold) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 1h));
  created = noon() + 1h;
  run(new_digest, old_digest);
  run_on("n2", old_digest, old_digest);  // by a mirror that is behind
  const Plan soon = plan(noon() + 1h + 1min);
  EXPECT_EQ(soon.action.kind, Kind::none);
  EXPECT_EQ(soon.requeue_at, noon() + 1h + 30min);
  const Plan p = plan(noon() + 2h);
  EXPECT_EQ(p.finding.reason, "ImageMoved");
  carry_out(p);
  EXPECT_EQ(policies(), "a:Always b:IfNotPresent ");
  created = noon() + 2h;
  run(new_digest, old_digest);
  run_on("n2", old_digest, old_digest);
  for (int hour = 3; hour < 6; ++hour) {
    const Plan again = plan(noon() + std::chrono::hours(hour));
    EXPECT_EQ(again.action.kind, Kind::none);
    ASSERT_EQ(again.notices->size(), 1U);
    EXPECT_EQ(again.notices->at(0).reason, &reasons::digest_differs);
  }
}

TEST_F(DigestRefresh, AMirrorThatIsBehindForAllNodesIsAskedOnceMoreAndTold) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 1h));
  created = noon() + 1h;
  run(old_digest, old_digest);
  carry_out(plan(noon() + 3h));
  created = noon() + 3h;
  run(old_digest, old_digest);
  const Plan p = plan(noon() + 5h);
  EXPECT_EQ(p.action.kind, Kind::none);
  EXPECT_EQ(p.notices->size(), 1U);
}

TEST_F(DigestRefresh, ANodeThatIsBehindIsNotWorthARecreation) {
  for (const bool may_update : {true, false}) {
    daemonset = stored(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
    if (may_update) settings.refresh_strategy = config::RefreshStrategy::recreate;
    seen.may_update = may_update;
    run_on("n2", other_digest, old_digest);
    for (int hour = 0; hour < 4; ++hour)
      EXPECT_NE(plan(noon() + std::chrono::hours(hour)).action.kind, Kind::remove);
  }
}

TEST_F(DigestRefresh, AfterARecreationWhatTheRegistryHasIsKnownAndItIsNotRepeated) {
  settings.refresh_strategy = config::RefreshStrategy::recreate;
  learn();
  tell("reg/a:1", State::known, new_digest);
  EXPECT_EQ(plan(noon() + 1h).action.kind, Kind::remove);
  daemonset = nullptr;
  daemonset = stored(plan(noon() + 1h).action.object);
  created = noon() + 1h;
  run(new_digest, old_digest);
  run_on("n2", old_digest, old_digest);
  for (int hour = 1; hour < 4; ++hour)
    EXPECT_NE(plan(noon() + std::chrono::hours(hour)).action.kind, Kind::remove);
}

TEST_F(DigestRefresh, PodsOfAnEarlierTemplateAndOnTheirWayOutAreNoNodesThatAreBehind) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 1h));
  daemonset["status"]["updatedNumberScheduled"] = 1;  // n2 still pulls
  created = noon() + 1h;
  run_on("n1", new_digest, old_digest);
  json dead = running_pod("n3", "reg/a@" + other_digest, "reg/b@" + old_digest);
  dead["metadata"]["deletionTimestamp"] = to_rfc3339(noon());
  dead["metadata"]["creationTimestamp"] = to_rfc3339(created);
  pods.put("dead", summarize(dead));
  const Plan p = plan(noon() + 3h);
  EXPECT_EQ(p.action.kind, Kind::none);
  EXPECT_TRUE(p.notices->empty());
}

TEST_F(DigestRefresh, AnImageThatTheSettingsChangeIsAskedForAndTheOthersAreNot) {
  learn();
  settings.images[1].reference = reference("reg/b:2");
  const Plan p = plan(noon() + 1h);
  EXPECT_EQ(p.finding.reason, "Differs");
  carry_out(p);
  EXPECT_EQ(policies(), "a:IfNotPresent b:Always ");
  EXPECT_EQ(plan(noon() + 1h + 1min).finding.reason, "Steady");

  settings.images.pop_back();
  carry_out(plan(noon() + 2h));
  EXPECT_EQ(policies(), "a:IfNotPresent ");
  EXPECT_FALSE(object_at(daemonset, "/metadata/annotations").contains("image.che.eclipse.org/b"));
}

TEST_F(DigestRefresh, AChangeOfOtherSettingsAsksForNothingAndRecordsWhatIsKnown) {
  settings.priority_class_name = "cached";
  carry_out(plan(noon() + 1h));
  EXPECT_EQ(policies(), "a:IfNotPresent b:IfNotPresent ");
  const json& annotations = object_at(daemonset, "/metadata/annotations");
  EXPECT_TRUE(annotations.value("image.che.eclipse.org/a", "").starts_with(old_digest));
}

TEST_F(DigestRefresh, AHandEditIsPutBackToTheVeryTemplateThatWasThere) {
  learn();
  const json before = at(daemonset, "/spec/template");
  daemonset["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  daemonset["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = "Never";
  const Plan p = plan(noon() + 1h);
  EXPECT_EQ(p.finding.reason, "Differs");
  EXPECT_EQ(at(p.action.object, "/spec/template"), before);
}

TEST_F(DigestRefresh, AnnotationsThatSomebodyTakesAwayComeBackAndNoPodIsReplaced) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 1h));
  created = noon() + 1h;
  run(new_digest, old_digest);
  const json before = at(daemonset, "/spec/template");
  daemonset["metadata"]["annotations"] = json::object();
  const Plan p = plan(noon() + 3h);
  EXPECT_EQ(p.finding.reason, "DigestsKnown");
  EXPECT_EQ(at(p.action.object, "/spec/template"), before);
}

TEST_F(DigestRefresh, AnAskingFromTheFutureDoesNotHoldTheIntervalBack) {
  TemplateRecord record = new_record(settings, noon());
  record.images["a"].at = noon() + 10000h;
  daemonset = stored(desired_daemonset(settings, seen.facts, record, 50));
  tell("reg/a:1", State::unreachable);
  EXPECT_EQ(plan(noon() + 2h).finding.reason, "Refresh");
}

TEST_F(DigestRefresh, RefreshAlwaysAsksForAllAtEachInterval) {
  settings.refresh = config::Refresh::always;
  const Plan p = plan(noon() + 2h);
  EXPECT_EQ(p.finding.reason, "Refresh");
  carry_out(p);
  EXPECT_EQ(policies(), "a:Always b:Always ");
}

TEST_F(DigestRefresh, WhatWasLookedAtIsNotLookedAtAgainUntilSomethingIsNew) {
  learn();
  const Plan first = plan(noon() + 1min);
  ASSERT_TRUE(first.checked_images);
  const CheckedImages checked = *first.checked_images;
  seen.checked_images = &checked;
  EXPECT_EQ(plan(noon() + 2min).finding.reason, "Steady");
  tell("reg/a:1", State::known, new_digest);
  EXPECT_EQ(plan(noon() + 3min).finding.reason, "ImageMoved");
}

TEST_F(DigestRefresh, WithoutItsRecordADaemonSetIsTheSameAtAnyTimeAndKeepsTheAnnotationsOfOthers) {
  settings.daemonset_annotations = {{"team", "cache"}};
  const auto shown = [&](WallTime now) {
    return without_record(desired_daemonset(settings, seen.facts, new_record(settings, now), 50));
  };
  EXPECT_EQ(shown(noon()), shown(noon() + 24h));
  EXPECT_EQ(object_at(shown(noon()), "/metadata/annotations").value("team", ""), "cache");
  settings.daemonset_annotations = json::object();
  EXPECT_FALSE(at(shown(noon()), "/metadata").contains("annotations"));
  EXPECT_FALSE(at(shown(noon()), "/spec/template/metadata").contains("annotations"));
}

TEST_F(DigestRefresh, WhatNodesTellBeforeAnythingWasRecordedReplacesPodsOnceAtMost) {
  run(new_digest, new_digest);  // by platform, on all nodes
  for (auto& [image, state] : tags.states) state.since = noon() + 10min;
  const Plan first = plan(noon() + 10min);
  EXPECT_EQ(first.finding.reason, "ImageMoved");
  carry_out(first);
  created = noon() + 10min;
  run(new_digest, new_digest);
  for (const auto later : {1h, 2h, 24h}) {
    const Plan p = plan(noon() + later);
    EXPECT_EQ(p.finding.reason, "Steady");
    EXPECT_TRUE(p.notices->empty());
  }
}

TEST_F(DigestRefresh, WhereNothingCanBeRecordedNodesAreNotRecreatedForWhatTheyTell) {
  seen.may_update = false;
  run(new_digest, new_digest);
  for (auto& [image, state] : tags.states) state.since = noon() + 10min;  // a restart of ours
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "Steady");
  EXPECT_EQ(plan(noon() + 2h).finding.reason, "Refresh");
}

TEST_F(DigestRefresh, AChangeInTheMiddleOfARolloutStillAsksForWhatItsNodesWereToAskFor) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 2h));
  daemonset["status"]["updatedNumberScheduled"] = 1;
  settings.priority_class_name = "cached";
  carry_out(plan(noon() + 2h + 1min));
  EXPECT_EQ(policies(), "a:Always b:IfNotPresent ");
}

TEST_F(DigestRefresh, ARecordThatSomebodyTakesOutOfEachWriteIsNotWrittenAgainAndAgain) {
  const Plan p = plan(noon() + 1min);
  ASSERT_EQ(p.finding.reason, "DigestsKnown");
  for (auto& difference : metadata_differences(p.action.object, daemonset))
    seen.tolerated.insert(std::move(difference));
  EXPECT_EQ(plan(noon() + 2min).finding.reason, "Steady");
}

TEST_F(DigestRefresh, WhereItIsNotLookedNothingIsSaidToBeOver) {
  learn();
  tell("reg/a:1", State::unreachable);
  tags.states["reg/a:1"].digest = old_digest;
  EXPECT_EQ(plan(noon() + 1h).notices->size(), 1U);
  daemonset["metadata"]["deletionTimestamp"] = to_rfc3339(noon() + 1h);
  EXPECT_FALSE(plan(noon() + 1h).notices);
}

TEST_F(DigestRefresh, WhatARegistryToldBeforeNodesWereAskedSaysNothing) {
  learn();
  tell("reg/a:1", State::known, new_digest);
  carry_out(plan(noon() + 2h));
  asked = noon() + 1h;  // another of us, that does not know it yet
  tell("reg/a:1", State::known, old_digest);
  EXPECT_EQ(plan(noon() + 3h).finding.reason, "Steady");
  asked = noon() + 4h;
  tell("reg/a:1", State::known, old_digest);
  EXPECT_EQ(plan(noon() + 4h).finding.reason, "ImageMoved") << "it moved back";
}

TEST_F(DigestRefresh, ADaemonSetThatIsMadeAnewDoesNotAskARegistryThatIsDown) {
  tell("reg/b:1", State::unreachable, old_digest);
  Observed none = seen;
  none.tags = &tags;
  none.pods = &pods;
  none.nodes_before = 2;
  const Plan p = core::plan(settings, none, noon() + 1h);
  ASSERT_EQ(p.action.kind, Kind::create);
  daemonset = p.action.object;
  EXPECT_EQ(policies(), "a:Always b:IfNotPresent ");
}

TEST_F(DigestRefresh, ARecordThatSomebodyForgesIsPutRightAtOnce) {
  learn();
  const Plan before = plan(noon() + 1h);
  ASSERT_TRUE(before.checked_images);
  seen.checked_images = &*before.checked_images;
  daemonset["metadata"]["annotations"].erase("image.che.eclipse.org/a");
  EXPECT_EQ(plan(noon() + 1h).finding.reason, "DigestsKnown");
}

TEST_F(DigestRefresh, WhatWasRefusedIsOfferedAgain) {
  seen.refused = Refused{"a policy", noon() + 2min, Kind::replace};
  const Plan refused = plan(noon() + 1min);
  EXPECT_EQ(refused.finding.reason, "Refused");
  EXPECT_FALSE(refused.checked_images);
  EXPECT_EQ(plan(noon() + 2min).finding.reason, "DigestsKnown");
}

// The kubelet tries such an image again by itself. Pods that are not Ready are replaced by
// Kubernetes on all nodes at once, whatever maxSurge is, and with them all that they do hold.
TEST_F(DigestRefresh, AnImageThatWasNeverThereIsNoReasonToReplacePodsAtEachInterval) {
  learn();
  settings.images[1].reference = reference("reg/b:typo");
  tell("reg/b:typo", State::missing);
  carry_out(plan(noon() + 1min));
  for (const char* node : {"n1", "n2"}) {
    json pod = waiting_pod(node, "", "", noon() + 1min);
    pod["status"]["containerStatuses"][0]["imageID"] = "reg/a@" + old_digest;
    pod["status"]["containerStatuses"][0]["state"] = {{"running", json::object()}};
    pod["status"]["containerStatuses"][1]["state"] = {
        {"waiting", {{"reason", "ImagePullBackOff"}, {"message", "not found"}}}};
    pods.put(node, summarize(pod));
  }
  daemonset["status"]["numberReady"] = 0;
  const Plan p = plan(noon() + 3h);
  EXPECT_EQ(p.action.kind, Kind::none) << p.finding.reason;
}

TEST_F(DigestRefresh, ARegistryThatSaidSlowDownFromTheBeginningIsNotAskedByAllNodesInstead) {
  tell("reg/b:1", State::unasked);
  learn();
  EXPECT_EQ(plan(noon() + 3h).action.kind, Kind::none) << plan(noon() + 3h).finding.reason;
}

TEST_F(DigestRefresh, AMoveThatAllNodesHaveAlreadyReplacesNoPod) {
  learn();
  run(new_digest, old_digest);  // it moved before the last nodes had pulled it
  tell("reg/a:1", State::known, new_digest);
  EXPECT_EQ(plan(noon() + 1h).finding.reason, "DigestsKnown");
}

TEST_F(DigestRefresh, FromRefreshAlwaysToDigestChangedReplacesNoPodThatHasWhatTheRegistryHas) {
  learn();
  settings.refresh = config::Refresh::always;
  carry_out(plan(noon() + 2h));  // by time; meanwhile the tag has moved
  created = noon() + 2h;
  run(new_digest, old_digest);
  settings.refresh = config::Refresh::digest_changed;
  tell("reg/a:1", State::known, new_digest);
  EXPECT_EQ(plan(noon() + 3h).finding.reason, "DigestsKnown");
}

// Pods of a first creation have no image yet.
TEST_F(DigestRefresh, ARegistryThatWasNeverKnownHereIsNoNewsWhileNodesPull) {
  pods.erase("n1");
  pods.erase("n2");
  for (const char* node : {"n1", "n2"}) pods.put(node, summarize(scheduled_pod(node)));
  for (const State state : {State::unreachable, State::refused, State::missing, State::unasked}) {
    tell("reg/b:1", state);
    learn(noon() + 10s);
    EXPECT_TRUE(plan(noon() + 20s).notices->empty()) << static_cast<int>(state);
    daemonset = stored(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
  }
}

}  // namespace
}  // namespace kip::core
