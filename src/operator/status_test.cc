#include "operator/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/settings.h"

namespace kip::operators {
namespace {

using ::testing::HasSubstr;
using testing::noon;

// A resource whose two images are on both nodes of the cluster.
struct World {
  json last, daemonset;
  std::vector<config::Problem> problems;
  config::Settings settings = testing::some_settings();
  core::Finding finding{"Steady", "the DaemonSet is as wanted", "", false};
  core::Pods pods;
  bool usable = true;

  World() {
    set_daemonset(2, 2);
    for (const char* node : {"n1", "n2"}) add_pod(node, "sha256:aa");
  }
  void set_daemonset(int desired, int ready) {
    daemonset = {{"metadata", {{"generation", 3}}},
                 {"status",
                  {{"observedGeneration", 3},
                   {"desiredNumberScheduled", desired},
                   {"updatedNumberScheduled", desired},
                   {"numberReady", ready}}}};
  }
  void add_pod(const std::string& node, const std::string& digest) {
    core::PodSummary pod;
    pod.node = node;
    pod.copies = std::make_shared<std::vector<core::Copy>>(
        std::vector<core::Copy>{{"theia", digest, "quay.io/eclipse/che-theia:next"},
                                {"ubi", "sha256:bb", "registry.test/ubi8:8.10"}});
    pods.put("pod-" + node, pod);
  }
  void add_unwell_pod(const std::string& node, core::Unwell unwell) {
    core::PodSummary pod;
    pod.node = node;
    pod.unwell = std::make_shared<core::Unwell>(std::move(unwell));
    pods.put("pod-" + node, pod);
  }
  json status(WallTime now = noon()) const {
    const auto puller = core::puller_status(settings, finding, daemonset, pods, 0, now);
    return status_of({.generation = 7,
                      .last = last,
                      .problems = problems,
                      .puller = usable ? &puller : nullptr,
                      .trouble = "",
                      .kip_image = "quay.io/eclipse/kubernetes-image-puller:next"},
                     now);
  }
};

json condition(const json& status, const std::string& type) {
  for (const auto& each : array_at(status, "/conditions"))
    if (string_at(each, "/type") == type) return each;
  return {};
}

std::string in_short(const json& status) {
  std::string text;
  for (const char* type : {"Ready", "Progressing", "Degraded"}) {
    const json found = condition(status, type);
    text += string_at(found, "/status") + " " + string_at(found, "/reason") + "; ";
  }
  return text;
}

TEST(Status, SaysThatEveryNodeHasEveryImage) {
  const json status = World().status();
  EXPECT_EQ(in_short(status),
            "True AllResourcesReady; False ReconcileComplete; False ReconcileComplete; ");
  EXPECT_EQ(int_at(status, "/observedGeneration"), 7);
  EXPECT_EQ(at(status, "/nodes"), json({{"desired", 2}, {"warm", 2}}));
  EXPECT_EQ(at(status, "/images"), json::array({{{"name", "theia"},
                                                 {"image", "quay.io/eclipse/che-theia:next"},
                                                 {"nodes", 2},
                                                 {"digest", "sha256:aa"}},
                                                {{"name", "ubi"},
                                                 {"image", "registry.test/ubi8:8.10"},
                                                 {"nodes", 2},
                                                 {"digest", "sha256:bb"}}}));
}

TEST(Status, ANodeOnItsWayIsProgress) {
  World world;
  world.set_daemonset(2, 1);
  const json status = world.status();
  EXPECT_EQ(in_short(status),
            "False DeploymentNotAvailable; True Reconciling; False ReconcileComplete; ");
  EXPECT_EQ(string_at(condition(status, "Ready"), "/message"), "1 of 2 nodes have every image");
}

TEST(Status, TheCountsOfAnEarlierTemplateAreNotTakenForThisOne) {
  World world;
  world.daemonset["metadata"]["generation"] = 4;
  const json status = world.status();
  EXPECT_EQ(string_at(condition(status, "Ready"), "/status"), "False");
  EXPECT_EQ(int_at(status, "/nodes/warm"), 0);
}

TEST(Status, AnImageThatCannotBePulledIsNamedWithItsError) {
  World world;
  world.set_daemonset(2, 1);
  world.add_unwell_pod(
      "n2", {{{"ubi", "registry.test/ubi8:8.10", "ErrImagePull", "not found", true}}, {}});
  const json status = world.status();
  EXPECT_EQ(string_at(condition(status, "Degraded"), "/reason"), "ReconcileError");
  EXPECT_THAT(string_at(condition(status, "Degraded"), "/message"),
              HasSubstr("registry.test/ubi8:8.10: ErrImagePull on n2: not found"));
  EXPECT_EQ(string_at(at(status, "/images").at(1), "/lastError"), "ErrImagePull on n2: not found");
  EXPECT_FALSE(at(status, "/images").at(0).contains("lastError"));
}

TEST(Status, NodesThatCannotTakeAPodAreNamedWithTheirReason) {
  World world;
  const core::PodFailure full = {core::PodFailure::Kind::unschedulable, "Unschedulable",
                                 "0/4 nodes are available: 1 Insufficient cpu.", noon()};
  for (const char* node : {"n2", "n3", "n4"}) world.add_unwell_pod(node, {{}, {full}});
  EXPECT_EQ(
      string_at(condition(world.status(noon() - std::chrono::seconds(1)), "Degraded"), "/status"),
      "False");
  EXPECT_EQ(string_at(condition(world.status(), "Degraded"), "/message"),
            "Unschedulable on n2 and 2 more: 0/4 nodes are available: 1 Insufficient cpu.");
}

TEST(Status, ASpecThatCannotBeUsedIsDegradedAndNotAtWork) {
  World world;
  world.usable = false;
  world.daemonset = nullptr;
  world.finding = {};
  world.problems = {{config::Problem::Severity::error, "spec.images", "it is not set"}};
  const json status = world.status();
  EXPECT_EQ(in_short(status),
            "False DeploymentNotAvailable; False ReconcileComplete; True ReconcileError; ");
  EXPECT_EQ(string_at(condition(status, "Degraded"), "/message"), "spec.images: it is not set");
  EXPECT_EQ(at(status, "/images"), json::array());
}

TEST(Status, AWarningThatCostsNoImageIsNoDegradation) {
  World world;
  world.problems = {{config::Problem::Severity::warning, "spec.cachingMemoryLimit", "small"}};
  EXPECT_EQ(string_at(condition(world.status(), "Degraded"), "/status"), "False");
  world.problems = {{config::Problem::Severity::left_out, "spec.images", "entry 2 is left out"}};
  EXPECT_EQ(string_at(condition(world.status(), "Degraded"), "/status"), "True");
}

TEST(Status, ANameClashIsACondition) {
  World world;
  world.daemonset = nullptr;
  world.finding = {"OfAnother", "the DaemonSet of this name belongs to another image puller",
                   "KubernetesImagePuller other", true};
  EXPECT_THAT(string_at(condition(world.status(), "Degraded"), "/message"),
              HasSubstr("belongs to another image puller (KubernetesImagePuller other)"));
}

TEST(Status, AConditionThatStaysKeepsItsTime) {
  World world;
  world.last = world.status();
  const json later = world.status(noon() + std::chrono::hours(1));
  EXPECT_EQ(later, world.last);
  world.set_daemonset(2, 1);
  const json changed = world.status(noon() + std::chrono::hours(1));
  EXPECT_EQ(string_at(condition(changed, "Ready"), "/lastTransitionTime"), "2026-01-31T13:00:00Z");
  EXPECT_EQ(string_at(condition(changed, "Degraded"), "/lastTransitionTime"),
            "2026-01-31T12:00:00Z");
}

TEST(Status, TheDigestIsTheOneThatMostNodesHave) {
  World world;
  world.add_pod("n3", "sha256:old");
  EXPECT_EQ(string_at(at(world.status(), "/images").at(0), "/digest"), "sha256:aa");
  EXPECT_EQ(int_at(at(world.status(), "/images").at(0), "/nodes"), 3);
}

TEST(Status, ALongErrorIsCutBetweenCharacters) {
  World world;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "ä";
  world.problems = {{config::Problem::Severity::error, "x", text}};
  const std::string message = string_at(condition(world.status(), "Degraded"), "/message");
  EXPECT_LE(message.size(), 1024U);
  EXPECT_NO_THROW(json(message).dump());
}

TEST(Status, AnImageThatComesLastSaysSoBesideItsTrouble) {
  World world;
  world.add_unwell_pod("n3",
                       {{{"ubi", "registry.test/ubi8:8.10", "ErrImagePull", "gone", true}}, {}});
  auto puller =
      core::puller_status(world.settings, world.finding, world.daemonset, world.pods, 0, noon());
  puller.notices = {{"ubi", "registry.test/ubi8:8.10", &core::reasons::put_last, "last"}};
  const json status = status_of({.generation = 7,
                                 .last = nullptr,
                                 .problems = {},
                                 .puller = &puller,
                                 .trouble = "",
                                 .kip_image = ""},
                                noon());
  const std::string told = string_at(array_at(status, "/images").at(1), "/lastError");
  EXPECT_THAT(told, HasSubstr("ImagePutLast"));
  EXPECT_THAT(told, HasSubstr("gone"));
}

}  // namespace
}  // namespace kip::operators
