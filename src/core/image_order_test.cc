// What is done about images that fail, in each mode: tables over core::plan.
#include "core/image_order.h"

#include <gtest/gtest.h>

#include "core/held_images.h"
#include "core/names.h"
#include "core/plan.h"
#include "core/status.h"
#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using config::CacheMode;
using Kind = Action::Kind;
using State = TagState::Kind;
using Names = std::vector<std::string>;

// Three images on two nodes, none of which has them yet.
class CacheModes : public ::testing::TestWithParam<CacheMode> {
 protected:
  explicit CacheModes(CacheMode mode = CacheMode::pin) {
    settings.images = {
        {"a", reference("reg/a:1")}, {"b", reference("reg/b:1")}, {"c", reference("reg/c:1")}};
    settings.cache_mode = mode;
    seen.facts.own_image = default_kip_image;
    seen.pods = &pods;
    store(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
  }

  void store(json object) {
    object["metadata"]["uid"] = "u1";
    object["metadata"]["generation"] = 1;
    object["metadata"]["creationTimestamp"] = to_rfc3339(noon());
    object["status"] = {{"observedGeneration", 1},
                        {"desiredNumberScheduled", 2},
                        {"updatedNumberScheduled", 2},
                        {"numberReady", 0}};
    daemonset = std::move(object);
    ++seen.spec_revision;
  }
  void put(const std::string& node, const json& pod) { pods.put(node, summarize(pod)); }
  // On a node, as the kubelet tells it in each mode; what came before it is there.
  void fail_on(const std::string& node, const std::string& image, WallTime created = noon()) {
    json pod = pod_of(daemonset, node, created);
    take(pod, "copy-sleep", "kip@sha256:0");
    const bool pins = settings.cache_mode == CacheMode::pin;
    for (const auto& held : held_images(pod["spec"])) {
      if (pins && held.name == image) break;
      if (pins) take(pod, held.name, "reg/x@sha256:" + held.name);
    }
    fail(pod, pins ? image : "sleep", "ImagePullBackOff",
         "Back-off pulling image \"reg/" + image + ":1\": not found");
    put(node, pod);
  }
  void all_on(const std::string& node, WallTime created) {
    json pod = pod_of(daemonset, node, created);
    for (const char* list : {"initContainers", "containers"})
      for (const auto& container : pod["spec"][list])
        take(pod, container["name"], "reg/x@sha256:0");
    put(node, pod);
  }
  void are_warm(int nodes) { daemonset["status"]["numberReady"] = nodes; }
  Plan plan(WallTime now) {
    seen.daemonset = &daemonset;
    return core::plan(settings, seen, now);
  }
  void carry_out(const Plan& plan) {
    ASSERT_EQ(plan.action.kind, Kind::replace) << plan.finding.reason;
    store(plan.action.object);
  }
  Names order() const {
    Names names;
    for (const auto& image : held_images(at(daemonset, "/spec/template/spec")))
      names.push_back(image.name);
    return names;
  }
  Names asked_for() const {
    Names names;
    for (const auto& image : held_images(at(daemonset, "/spec/template/spec")))
      if (image.is_asked_for) names.push_back(image.name);
    return names;
  }

  config::Settings settings = some_settings();
  Observed seen;
  json daemonset;
  Tags tags;
  Pods pods;
};

class Pinned : public CacheModes {
 protected:
  Pinned() : CacheModes(CacheMode::pin) {}
};
class ImageVolumes : public CacheModes {
 protected:
  ImageVolumes() : CacheModes(CacheMode::volume) {}
  // Nodes have them, and are to ask for them again.
  void have_moved() {
    TemplateRecord record = new_record(settings, noon());
    for (auto& [name, image] : record.images) image.is_new = false;
    store(desired_daemonset(settings, seen.facts, record, 50));
  }
};
class Sleeping : public CacheModes {
 protected:
  Sleeping() : CacheModes(CacheMode::sleep) {}
};
class Agent : public CacheModes {
 protected:
  Agent() : CacheModes(CacheMode::agent) {}
};

TEST_F(Pinned, AnImageThatFailsIsPutBehindThoseItHoldsUpAfterAMinute) {
  fail_on("n1", "a");
  EXPECT_EQ(plan(noon() + 59s).finding.reason, "Steady");
  EXPECT_EQ(plan(noon() + 59s).requeue_at, noon() + 1min);
  const Plan p = plan(noon() + 1min);
  EXPECT_EQ(p.finding.reason, "ImageHoldsUpOthers");
  EXPECT_EQ(p.finding.detail, "a (ImagePullBackOff) holds up b, and 1 more");
  carry_out(p);
  EXPECT_EQ(order(), (Names{"b", "c", "a"}));
  EXPECT_EQ(asked_for(), (Names{"b", "c", "a"})) << "nodes have not asked for them yet";
}

TEST_F(Pinned, TheOrderStaysWhileItFailsThereAndAfterARestart) {
  fail_on("n1", "a");
  carry_out(plan(noon() + 1min));
  fail_on("n1", "a", noon() + 1min);
  for (const auto later : {2min, 50min}) {
    const Plan p = plan(noon() + later);  // all that it knows is in the object
    EXPECT_EQ(p.finding.reason, "Steady");
    ASSERT_EQ(p.notices->size(), 1U);
    EXPECT_EQ(p.notices->at(0).reason, &reasons::put_last);
    EXPECT_EQ(p.notices->at(0).image, "reg/a:1");
  }
}

TEST_F(Pinned, AnImageThatCameToANodeGoesBackWithTheNextChangeAndNotForItself) {
  fail_on("n1", "a");
  carry_out(plan(noon() + 1min));
  all_on("n1", noon() + 2min);
  EXPECT_EQ(plan(noon() + 3min).finding.reason, "Steady");
  settings.tolerations = json::parse(R"([{"operator":"Exists"}])");
  ++seen.spec_revision;
  const Plan p = plan(noon() + 4min);
  EXPECT_EQ(p.finding.reason, "Differs");
  carry_out(p);
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
}

TEST_F(Pinned, ALastOneThatNoNodeCameToKeepsItsPlaceWhenAnotherFails) {
  fail_on("n1", "a");
  carry_out(plan(noon() + 1min));
  fail_on("n1", "b", noon() + 1min);
  EXPECT_EQ(plan(noon() + 2min).finding.reason, "Steady") << "two minutes where one is last";
  carry_out(plan(noon() + 3min));
  EXPECT_EQ(order(), (Names{"c", "a", "b"}));
}

TEST_F(Pinned, AnImageWhoseReferenceWasCorrectedIsNotBlamedForTheOldOne) {
  fail_on("n1", "a");
  settings.images[0].reference = reference("reg/a:2");
  ++seen.spec_revision;
  carry_out(plan(noon() + 1min));
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
}

TEST_F(Pinned, TheLastOfTheListHoldsUpNothing) {
  fail_on("n1", "c");
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "Steady");
}

TEST_F(Pinned, WhatARegistryDeniesIsLastAtTheCreation) {
  settings.refresh = config::Refresh::digest_changed;
  tags.states["reg/b:1"] = {State::refused, "", "401", noon()};
  tags.states["reg/a:1"] = {State::unreachable, "", "no answer", noon()};
  seen.tags = &tags;
  daemonset = nullptr;
  seen.nodes_before = 2;
  const Plan p = plan(noon());
  ASSERT_EQ(p.action.kind, Kind::create);
  store(p.action.object);
  EXPECT_EQ(order(), (Names{"a", "c", "b"}));
}

TEST_F(Pinned, WhileARegistryIsAwayItsImagesAreNotPutInAnotherOrder) {
  for (const char* image : {"reg/a:1", "reg/b:1", "reg/c:1"})
    tags.states[image] = {State::unreachable, "sha256:0", "no answer", noon()};
  settings.refresh = config::Refresh::digest_changed;
  seen.tags = &tags;
  fail_on("n1", "a");
  EXPECT_NE(plan(noon() + 10min).finding.reason, "ImageHoldsUpOthers");
}

TEST_F(Pinned, ARegistryThatNeverAnsweredHereMayStillGiveNodesTheOthers) {
  for (const char* image : {"reg/a:1", "reg/b:1", "reg/c:1"})
    tags.states[image] = {State::unreachable, "", "no answer", noon()};
  settings.refresh = config::Refresh::digest_changed;
  seen.tags = &tags;
  fail_on("n1", "a");
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "ImageHoldsUpOthers");
}

TEST_F(Pinned, WithoutThePermissionToUpdateNothingIsDeletedForTheOrder) {
  fail_on("n1", "a");
  seen.may_update = false;
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "Steady");
}

TEST_F(Sleeping, AnImageThatFailsHoldsUpNone) {
  json pod = pod_of(daemonset, "n1");
  fail(pod, "a", "ImagePullBackOff", "not found");
  put("n1", pod);
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "Steady");
}

TEST_F(ImageVolumes, OneThatFailsIsToldByNameAndTheOthersAreKeptWithoutIt) {
  fail_on("n1", "c");
  const auto failing = failures(pods, noon()).images;
  ASSERT_EQ(failing.size(), 1U);
  EXPECT_EQ(failing[0].name, "c");
  EXPECT_EQ(failing[0].image, "reg/c:1");
  const Plan p = plan(noon() + 1min);
  EXPECT_EQ(p.finding.detail, "c (ImagePullBackOff) holds up a, and 1 more");
  carry_out(p);
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
  fail_on("n1", "c", noon() + 1min);
  const auto coverage = image_coverage(settings.images, pods);
  EXPECT_EQ(coverage[0].nodes, 1U) << "by the init container";
  EXPECT_EQ(coverage[2].nodes, 0U);
  EXPECT_EQ(plan(noon() + 10min).finding.reason, "Steady");
}

TEST_F(ImageVolumes, WhatAllNodesHaveIsNotAskedForAtEachLookOfTheKubelet) {
  have_moved();
  all_on("n1", noon());
  all_on("n2", noon());
  are_warm(1);
  EXPECT_EQ(plan(noon() + 5min).finding.reason, "Steady");
  are_warm(2);
  const Plan p = plan(noon() + 5min);
  EXPECT_EQ(p.finding.reason, "AskingIsOver");
  carry_out(p);
  EXPECT_EQ(asked_for(), Names{});
  are_warm(2);
  EXPECT_EQ(plan(noon() + 6min).finding.reason, "Steady");
}

TEST_F(ImageVolumes, ANodeThatIsAwayIsWaitedForOneInterval) {
  have_moved();
  settings.refresh = config::Refresh::digest_changed;
  for (const char* image : {"reg/a:1", "reg/b:1", "reg/c:1"})
    tags.states[image] = {State::known, "sha256:0", "", noon(), noon() + 900h};
  seen.tags = &tags;
  seen.held = 1;
  are_warm(1);
  const Plan waits = plan(noon() + 5min);
  EXPECT_NE(waits.finding.reason, "AskingIsOver");
  EXPECT_EQ(waits.requeue_at, noon() + 1h);
  EXPECT_EQ(plan(noon() + 1h).finding.reason, "AskingIsOver");
}

TEST_F(ImageVolumes, TheFirstChangeToThemIsShownToTheApiServerBefore) {
  EXPECT_FALSE(plan(noon()).action.is_to_be_shown);
  settings.cache_mode = CacheMode::sleep;
  store(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
  settings.cache_mode = CacheMode::volume;
  EXPECT_TRUE(plan(noon()).action.is_to_be_shown);
  daemonset = nullptr;
  seen.nodes_before = 2;
  EXPECT_TRUE(plan(noon()).action.is_to_be_shown);
  settings.cache_mode = CacheMode::pin;
  EXPECT_FALSE(plan(noon()).action.is_to_be_shown);
}

TEST_F(Sleeping, BeforeTheFirstChangeToAnAgentTheNamespaceIsLookedAtAndBeforeNoLaterOne) {
  EXPECT_FALSE(plan(noon() + 5min).action.is_first_agent);
  settings.cache_mode = CacheMode::agent;
  const Plan p = plan(noon() + 5min);
  EXPECT_TRUE(p.action.is_first_agent);
  carry_out(p);
  settings.images.pop_back();
  ++seen.spec_revision;
  const Plan next = plan(noon() + 6min);
  EXPECT_EQ(next.finding.reason, "Differs");
  EXPECT_FALSE(next.action.is_first_agent);
  daemonset = nullptr;
  EXPECT_TRUE(plan(noon() + 7min).action.is_first_agent) << "also where it begins asleep";
}

TEST_F(Sleeping, AChangeOfTheModeIsOneRollingChangeThatAsksForNothing) {
  for (const CacheMode mode :
       {CacheMode::pin, CacheMode::volume, CacheMode::agent, CacheMode::sleep}) {
    settings.cache_mode = mode;
    ++seen.spec_revision;
    are_warm(2);
    const Plan p = plan(noon() + 5min);
    EXPECT_EQ(p.finding.reason, "Differs");
    carry_out(p);
    EXPECT_EQ(asked_for(), Names{});
    EXPECT_EQ(order(), (Names{"a", "b", "c"}));
    EXPECT_EQ(at(daemonset, "/spec/updateStrategy/rollingUpdate/maxUnavailable"), 0);
    EXPECT_EQ(plan(noon() + 6min).finding.reason, "Steady");
  }
}

TEST_F(Sleeping, WhereTheRecordWasTakenAwayTheTemplateOfAnyModeShowsWhatWasAskedFor) {
  for (const CacheMode mode :
       {CacheMode::sleep, CacheMode::pin, CacheMode::volume, CacheMode::agent}) {
    settings.cache_mode = mode;
    TemplateRecord record = new_record(settings, noon());
    record.ask_for({"b"}, noon() + 5min);
    store(desired_daemonset(settings, seen.facts, record, 50));
    erase_image_annotations(daemonset["metadata"]["annotations"]);
    EXPECT_EQ(recorded(daemonset, settings, noon() + 6min).asked_for(), Names{"b"});
    EXPECT_NE(plan(noon() + 6min).finding.reason, "Differs");
  }
}

// Its disk is full, or it does not reach the registry: each image fails there in its turn.
class OneBadNode : public CacheModes {
 protected:
  explicit OneBadNode(CacheMode mode) : CacheModes(mode) {
    settings.interval = 100h;
    are_warm(1);
  }
  int changes_in(Duration time) {
    int changes = 0;
    WallTime made = noon();
    for (WallTime now = noon(); now < noon() + time; now += 30s) {
      all_on("n2", made);
      fail_on("n1", order().front(), made);
      const Plan p = plan(now);
      if (p.action.kind == Kind::none) continue;
      ++changes;
      carry_out(p);
      are_warm(1);
      made = now;
    }
    return changes;
  }
};
class OneBadNodeThatPins : public OneBadNode {
 protected:
  OneBadNodeThatPins() : OneBadNode(CacheMode::pin) {}
};
class OneBadNodeWithVolumes : public OneBadNode {
 protected:
  OneBadNodeWithVolumes() : OneBadNode(CacheMode::volume) {}
};

TEST_F(OneBadNodeThatPins, DoesNotReplaceThePodsOfAllOthersAgainAndAgain) {
  EXPECT_LE(changes_in(12h), 3);
}
TEST_F(OneBadNodeWithVolumes, DoesNotReplaceThePodsOfAllOthersAgainAndAgain) {
  EXPECT_LE(changes_in(12h), 3);
}

// More image volumes than a kubelet may pull in one go.
class ManyVolumes : public CacheModes {
 protected:
  ManyVolumes() : CacheModes(CacheMode::volume) {
    settings.images.clear();
    settings.refresh = config::Refresh::digest_changed;
    seen.tags = &tags;
    for (int i = 0; i < 12; ++i) {
      const std::string name = "i" + std::to_string(10 + i);
      settings.images.push_back({name, reference("reg/" + name + ":1")});
      tell(name, '0', noon());
    }
    store(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
    are_warm(2);
  }
  void tell(const std::string& name, char digest, WallTime since) {
    tags.states["reg/" + name + ":1"] = {State::known, "sha256:" + std::string(64, digest), "",
                                         since, noon() + 900h};
    ++tags.revision;
  }
};

TEST_F(ManyVolumes, AreNotAskedForAtEachTryWhereNodesLackThemAnyway) {
  EXPECT_EQ(asked_for(), Names{});
  carry_out(plan(noon() + 1min));  // DigestsKnown
  are_warm(2);
  EXPECT_EQ(plan(noon() + 2h).action.kind, Kind::none) << "no asking to be ended";
}

TEST_F(ManyVolumes, ThatMovedTogetherAreAskedForAFewAtATime) {
  carry_out(plan(noon() + 1min));
  are_warm(2);
  for (int i = 0; i < 7; ++i) tell(settings.images[i].name, '1', noon() + 1h);
  Plan p = plan(noon() + 1h);
  EXPECT_EQ(p.finding.reason, "ImageMoved");
  carry_out(p);
  EXPECT_EQ(asked_for(), (Names{"i10", "i11", "i12", "i13", "i14"}));
  are_warm(2);
  p = plan(noon() + 1h + 1min);
  EXPECT_EQ(p.finding.reason, "ImageMoved");
  carry_out(p);
  EXPECT_EQ(asked_for(), (Names{"i15", "i16"}));
}

TEST_F(ManyVolumes, ThatAreDueByTimeComeInTurn) {
  settings.refresh = config::Refresh::always;
  settings.interval = 1h;
  Names all;
  for (int change = 0; change < 3; ++change) {
    carry_out(plan(noon() + 2h + std::chrono::minutes(change)));
    const Names asked = asked_for();
    EXPECT_LE(asked.size(), 5U);
    all.insert(all.end(), asked.begin(), asked.end());
    are_warm(2);
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), 12U);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

// "b" is misspelled; in the mode where each image has its container.
class Misspelled : public CacheModes {
 protected:
  Misspelled() : CacheModes(CacheMode::sleep) {
    settings.refresh = config::Refresh::digest_changed;
    seen.tags = &tags;
    tell("reg/a:1", State::known);
    tell("reg/b:1", State::missing);
    tell("reg/c:1", State::known);
    fails("n1");
    fails("n2");
  }
  void tell(const std::string& image, State kind) {
    const std::string digest =
        kind == State::known ? "sha256:" + std::string(64, '0') : std::string();
    tags.states[image] = {kind, digest, "it said so", noon(), noon() + 900h};
    ++tags.revision;
  }
  void fails(const std::string& node, WallTime created = noon()) {
    json pod = pod_of(daemonset, node, created);
    take(pod, "copy-sleep", "kip@sha256:0");
    for (const auto& container : pod["spec"]["containers"])
      if (container["name"] == "b")
        fail(pod, "b", "ImagePullBackOff", "not found");
      else
        take(pod, container["name"],
             "reg/" + std::string(container["name"]) + "@sha256:" + std::string(64, '0'));
    put(node, pod);
  }
  void leave_out() {
    const Plan p = plan(noon() + 1min);
    EXPECT_EQ(p.finding.reason, "ImageLeftOut");
    carry_out(p);
    for (const char* node : {"n1", "n2"}) fails(node, noon() + 1min);
    are_warm(2);
  }
};

TEST_F(Misspelled, IsLeftOutAfterAMinuteSoThatPodsAreReadyWithoutIt) {
  EXPECT_NE(plan(noon() + 59s).finding.reason, "ImageLeftOut");
  leave_out();
  EXPECT_EQ(order(), (Names{"a", "c"}));
  const Plan p = plan(noon() + 1h);
  EXPECT_EQ(p.action.kind, Kind::none) << p.finding.reason << p.finding.detail;
  ASSERT_EQ(p.notices->size(), 2U);
  EXPECT_EQ(p.notices->at(0).reason, &reasons::tag_missing);
  EXPECT_EQ(p.notices->at(1).reason, &reasons::left_out);
}

TEST_F(Misspelled, ComesBackWhenItsRegistryHasIt) {
  leave_out();
  tell("reg/b:1", State::known);
  const Plan p = plan(noon() + 2h);
  EXPECT_EQ(p.finding.reason, "ImageMoved");
  carry_out(p);
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
  EXPECT_EQ(asked_for(), (Names{"b"}));
}

TEST_F(Misspelled, ComesBackWhenItIsCorrectedAndNotWhenAnotherIsEdited) {
  leave_out();
  settings.images[2].reference = reference("reg/c:2");
  carry_out(plan(noon() + 2h));
  EXPECT_EQ(order(), (Names{"a", "c"}));
  settings.images[1].reference = reference("reg/b:right");
  carry_out(plan(noon() + 3h));
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
}

TEST_F(Misspelled, StaysWhereANodeHasItOrItsRegistryOnlyRefusesOrIsAway) {
  for (const State kind : {State::refused, State::unreachable, State::unasked}) {
    tell("reg/b:1", kind);
    EXPECT_NE(plan(noon() + 5min).finding.reason, "ImageLeftOut") << static_cast<int>(kind);
  }
  tell("reg/b:1", State::missing);
  all_on("n2", noon());
  EXPECT_NE(plan(noon() + 5min).finding.reason, "ImageLeftOut");
}

TEST_F(Misspelled, IsNotLeftOutWhereNothingElseIsLeft) {
  settings.images = {{"b", reference("reg/b:1")}};
  store(desired_daemonset(settings, seen.facts, new_record(settings, noon()), 50));
  for (const char* node : {"n1", "n2"}) fails(node);
  EXPECT_NE(plan(noon() + 1h).finding.reason, "ImageLeftOut");
}

TEST_F(Misspelled, IsTriedAgainByTimeWhereRegistriesAreNotAskedAnyMore) {
  leave_out();
  seen.tags = nullptr;
  settings.refresh = config::Refresh::always;
  carry_out(plan(noon() + 3h));
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
}

// It has pulled and pinned the others, whatever became of that one.
TEST_F(Misspelled, IsOnlyToldWhereAnAgentPulls) {
  settings.cache_mode = CacheMode::agent;
  ++seen.spec_revision;
  carry_out(plan(noon() + 10s));
  const std::string digest(43, 'A');
  for (const char* node : {"n1", "n2"}) {
    json pod = pod_of(daemonset, node, noon() + 10s);
    status_of(pod, "fetch")["state"] = {
        {"terminated",
         {{"exitCode", 1},
          {"message",
           R"({"images":3,"failed":1,"failures":[{"at":1,"kind":"not found","message":"no such tag"}],"digests":[")" +
               digest + R"(",null,")" + digest + R"("]})"}}}};
    put(node, pod);
  }
  const Plan p = plan(noon() + 1h);
  EXPECT_EQ(p.finding.reason, "Steady");
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
  const auto told = failures(pods, noon() + 1h).images;
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].name, "b");
  EXPECT_EQ(told[0].message, "no such tag");
}

TEST_F(Misspelled, IsNoLongerLeftOutWhereAnAgentPulls) {
  leave_out();
  settings.cache_mode = CacheMode::agent;
  ++seen.spec_revision;
  carry_out(plan(noon() + 5min));
  EXPECT_EQ(order(), (Names{"a", "b", "c"}));
  EXPECT_FALSE(at(daemonset, "/spec/template/metadata/annotations").contains(last_images));
  EXPECT_EQ(asked_for(), Names{}) << "where a node has it no registry is asked for it";
}

TEST_F(Agent, WhatIsNewIsAskedForAsItMayBeOldOnANode) {
  EXPECT_EQ(asked_for(), (Names{"a", "b", "c"}));
  are_warm(2);
  settings.images.push_back({"d", reference("reg/d:1")});
  ++seen.spec_revision;
  carry_out(plan(noon() + 1min));
  EXPECT_EQ(order(), (Names{"a", "b", "c", "d"}));
  EXPECT_EQ(asked_for(), Names{"d"});
}

// Each change sets the record a second ahead at least; and the API server has a clock of its own.
TEST_F(Pinned, PodsOfATemplateAreKnownByItsRecordAndNotByTheClockOfWhoMadeThem) {
  fail_on("n1", "a", noon() - 30s);
  EXPECT_EQ(plan(noon() + 1min).finding.reason, "ImageHoldsUpOthers");
}

// A quota leaves room for one more pod than there are nodes, and that is the service's.
TEST_F(Sleeping, PodsThatAreNotMadeAreToldAfterThreeMinutes) {
  daemonset["status"]["updatedNumberScheduled"] = 0;
  for (const char* node : {"n1", "n2"}) {
    json pod = pod_of(daemonset, node, noon() - 1h);
    pod["metadata"].erase("annotations");  // of the template before
    put(node, pod);
  }
  EXPECT_EQ(plan(noon() + 2min).finding.reason, "Steady");
  EXPECT_EQ(plan(noon() + 2min).requeue_at, noon() + 3min);
  const Plan p = plan(noon() + 3min);
  EXPECT_EQ(p.finding.reason, "NoPodsMade");
  EXPECT_EQ(p.finding.detail, "0 of 2 nodes have a pod of the present template");
  EXPECT_EQ(p.action.kind, Kind::none);
  // One that pulls for long is on its way.
  put("n1-new", pod_of(daemonset, "n1", noon()));
  EXPECT_EQ(plan(noon() + 1h - 1s).finding.reason, "Steady");
}

}  // namespace
}  // namespace kip::core
