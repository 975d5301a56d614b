#include "core/difference.h"

#include <gtest/gtest.h>

#include "core/desired.h"
#include "core/names.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using testing::noon;
using testing::some_settings;

json wanted() {
  return desired_daemonset(some_settings(), {}, new_record(some_settings(), noon()), 50);
}

// What the API server makes of it: defaults written in, an identity, a status.
json stored(json object) {
  json& pod = object["spec"]["template"]["spec"];
  object["spec"]["template"]["metadata"]["creationTimestamp"] = nullptr;
  pod["dnsPolicy"] = "ClusterFirst";
  pod["restartPolicy"] = "Always";
  pod["schedulerName"] = "default-scheduler";
  for (const char* list : {"containers", "initContainers"}) {
    for (auto& container : pod[list]) {
      container["terminationMessagePath"] = "/dev/termination-log";
      container["terminationMessagePolicy"] = "File";
    }
  }
  object["metadata"]["uid"] = "u1";
  object["metadata"]["resourceVersion"] = "7";
  object["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = "1";
  object["status"] = {{"desiredNumberScheduled", 2}};
  return object;
}

TEST(Difference, AnObjectWithTheServersDefaultsIsAsWanted) {
  EXPECT_EQ(spec_differences(wanted(), stored(wanted())), std::vector<Difference>{});
  EXPECT_EQ(metadata_differences(wanted(), stored(wanted())), std::vector<Difference>{});
}

TEST(Difference, AHandEditIsFoundWithItsPath) {
  json observed = stored(wanted());
  observed["spec"]["template"]["spec"]["containers"][0]["image"] = "evil:1";
  const auto found = spec_differences(wanted(), observed);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "spec.template.spec.containers[0].image");
  EXPECT_EQ(found[0].observed, "\"evil:1\"");
  EXPECT_EQ(found[0].desired, "\"quay.io/eclipse/che-theia:next\"");
}

TEST(Difference, WhatIsNeitherOursNorADefaultIsFound) {
  json observed = stored(wanted());
  observed["spec"]["template"]["spec"]["hostNetwork"] = true;
  observed["spec"]["template"]["spec"]["containers"].push_back({{"name", "extra"}});
  observed["spec"]["template"]["spec"]["dnsPolicy"] = "Default";
  observed["spec"]["template"]["metadata"]["labels"]["x"] = "y";
  EXPECT_EQ(spec_differences(wanted(), observed).size(), 4U);
}

TEST(Difference, WhatIsMissingIsFound) {
  json observed = stored(wanted());
  observed["spec"]["template"]["spec"]["containers"].erase(1);
  observed["spec"].erase("updateStrategy");
  const auto found = spec_differences(wanted(), observed);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].observed, "absent");
}

TEST(Difference, EmptyMembersThatTheServerDropsAreNoDifference) {
  config::Settings settings = some_settings();
  settings.affinity = json::parse(R"({"nodeAffinity":null,"podAffinity":{"x":[]}})");
  const json desired = desired_daemonset(settings, {}, new_record(settings, noon()), 50);
  json observed = stored(desired);
  observed["spec"]["template"]["spec"]["affinity"] = {{"podAffinity", json::object()}};
  EXPECT_TRUE(spec_differences(desired, observed).empty());
}

TEST(Difference, LabelsAndAnnotationsOfOthersAreTheirs) {
  json observed = stored(wanted());
  observed["metadata"]["labels"]["team"] = "a";
  observed["metadata"]["annotations"]["note"] = "b";
  EXPECT_TRUE(metadata_differences(wanted(), observed).empty());
  const json sent = merged(wanted(), observed);
  EXPECT_EQ(sent["metadata"]["labels"]["team"], "a");
  EXPECT_EQ(sent["metadata"]["annotations"]["note"], "b");
  EXPECT_EQ(sent["metadata"]["resourceVersion"], "7");
  EXPECT_FALSE(sent.contains("status"));
}

TEST(Difference, ALabelOfOursThatWasTakenAwayIsPutBack) {
  json observed = stored(wanted());
  observed["metadata"]["labels"].erase(managed_by_label);
  observed["metadata"]["labels"][name_label] = "other";
  EXPECT_EQ(metadata_differences(wanted(), observed).size(), 2U);
  EXPECT_TRUE(metadata_differences(wanted(), merged(wanted(), observed)).empty());
}

TEST(Difference, AnAnnotationThatLeftTheSettingsLeavesTheObject) {
  config::Settings settings = some_settings();
  settings.daemonset_annotations = {{"a", "1"}, {"b", "2"}};
  json observed = stored(desired_daemonset(settings, {}, new_record(settings, noon()), 50));
  observed["metadata"]["annotations"]["theirs"] = "3";
  settings.daemonset_annotations = {{"b", "2"}};
  const json now = desired_daemonset(settings, {}, new_record(settings, noon()), 50);
  EXPECT_FALSE(metadata_differences(now, observed).empty());
  const json sent = merged(now, observed);
  EXPECT_FALSE(sent["metadata"]["annotations"].contains("a"));
  EXPECT_EQ(sent["metadata"]["annotations"]["b"], "2");
  EXPECT_EQ(sent["metadata"]["annotations"]["theirs"], "3");
  EXPECT_TRUE(metadata_differences(now, sent).empty());

  const json none = wanted();
  const json cleared = merged(none, sent);
  EXPECT_FALSE(cleared["metadata"]["annotations"].contains("b"));
  EXPECT_FALSE(cleared["metadata"]["annotations"].contains(managed_annotations));
  EXPECT_TRUE(metadata_differences(none, cleared).empty());
}

TEST(Difference, OurOwnerReferenceReplacesAnOlderOneOfTheSameNameAndLeavesOthers) {
  Facts facts;
  facts.owner = OwnerReference{"puller", "new"};
  const json desired =
      desired_daemonset(some_settings(), facts, new_record(some_settings(), noon()), 50);
  json observed = stored(wanted());
  observed["metadata"]["ownerReferences"] = json::parse(
      R"([{"apiVersion":"apps/v1","kind":"Deployment","name":"puller","uid":"old"},
          {"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"x"}])");
  EXPECT_EQ(metadata_differences(desired, observed).size(), 1U);
  const json sent = merged(desired, observed);
  ASSERT_EQ(sent["metadata"]["ownerReferences"].size(), 2U);
  EXPECT_TRUE(metadata_differences(desired, sent).empty());
}

TEST(Difference, AHugeDifferenceIsShownInPart) {
  json observed = stored(wanted());
  observed["spec"]["template"]["spec"]["x"] = std::string(5000, 'x') + "ü";
  EXPECT_LT(spec_differences(wanted(), observed).at(0).observed.size(), 200U);
}

}  // namespace
}  // namespace kip::core
