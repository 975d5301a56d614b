#include "core/pods.h"

#include <gtest/gtest.h>

namespace kip::core {
namespace {

json pod(const std::string& node, const std::string& reason, const std::string& message = "m") {
  json object = {{"metadata", {{"name", "p-" + node}}},
                 {"spec",
                  {{"nodeName", node},
                   {"initContainers", json::array({{{"name", "copy-sleep"}, {"image", "kip:1"}}})},
                   {"containers", json::array({{{"name", "a"}, {"image", "reg/a:1"}},
                                               {{"name", "b"}, {"image", "reg/b:1"}}})}}}};
  json waiting = {{"waiting", {{"reason", reason}, {"message", message}}}};
  json running = {{"running", {{"startedAt", "x"}}}};
  object["status"]["containerStatuses"] =
      json::array({{{"name", "a"}, {"state", reason.empty() ? running : waiting}},
                   {{"name", "b"}, {"state", running}}});
  object["status"]["conditions"] =
      json::array({{{"type", "Ready"}, {"status", reason.empty() ? "True" : "False"}}});
  return object;
}

TEST(Pods, AHealthyPodHasNothingToTell) {
  const PodSummary summary = summarize(pod("n1", ""));
  EXPECT_TRUE(summary.ready);
  EXPECT_EQ(summary.node, "n1");
  EXPECT_TRUE(summary.waiting.empty());
}

TEST(Pods, AContainerOnItsWayIsNoTrouble) {
  EXPECT_TRUE(summarize(pod("n1", "ContainerCreating")).waiting.empty());
  EXPECT_TRUE(summarize(pod("n1", "PodInitializing")).waiting.empty());
}

TEST(Pods, AnImageThatCannotBePulledIsNamedWithItsNodes) {
  Pods pods;
  pods["x"] = summarize(pod("n2", "ImagePullBackOff", "Back-off pulling image"));
  pods["y"] = summarize(pod("n1", "ErrImagePull", "not found"));
  pods["z"] = summarize(pod("n3", ""));
  const auto found = troubles(pods);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "a");
  EXPECT_EQ(found[0].image, "reg/a:1");
  EXPECT_TRUE(found[0].pull_failed);
  EXPECT_EQ(found[0].reason, "ErrImagePull");  // the one that carries the runtime's message
  EXPECT_EQ(found[0].message, "not found");
  EXPECT_EQ(found[0].nodes, (std::vector<std::string>{"n1", "n2"}));
  EXPECT_EQ(nodes_that_cannot_pull(pods), 2U);
}

TEST(Pods, AContainerThatCannotStartIsATroubleButNotOfPulling) {
  Pods pods;
  pods["x"] = summarize(pod("n1", "CreateContainerError", "no such file"));
  ASSERT_EQ(troubles(pods).size(), 1U);
  EXPECT_FALSE(troubles(pods)[0].pull_failed);
  EXPECT_EQ(nodes_that_cannot_pull(pods), 0U);
}

TEST(Pods, TheInitContainerIsLookedAtToo) {
  json object = pod("n1", "PodInitializing");
  object["status"]["initContainerStatuses"] = json::array(
      {{{"name", "copy-sleep"}, {"state", {{"waiting", {{"reason", "ErrImagePull"}}}}}}});
  Pods pods;
  pods["x"] = summarize(object);
  ASSERT_EQ(troubles(pods).size(), 1U);
  EXPECT_EQ(troubles(pods)[0].image, "kip:1");
}

TEST(Pods, APodThatIsBeingDeletedDoesNotCount) {
  json object = pod("n1", "ErrImagePull");
  object["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  Pods pods;
  pods["x"] = summarize(object);
  EXPECT_TRUE(troubles(pods).empty());
  EXPECT_EQ(nodes_that_cannot_pull(pods), 0U);
}

TEST(Pods, WhatIsNoPodIsNothing) {
  EXPECT_EQ(summarize(json::parse(R"({"status":{"containerStatuses":"x","conditions":[1,null]}})")),
            PodSummary{});
}

json with_image_ids(json object, const std::string& a, const std::string& b) {
  object["status"]["containerStatuses"][0]["imageID"] = a;
  object["status"]["containerStatuses"][1]["imageID"] = b;
  return object;
}

TEST(Pods, TheDigestIsTheRuntimesAndAnIdOfAConfigurationIsNone) {
  const auto summary =
      summarize(with_image_ids(pod("n1", ""), "reg/a@sha256:aa", "sha256:of-the-configuration"));
  EXPECT_EQ(*summary.copies, (std::vector<Copy>{{"a", "sha256:aa"}, {"b", ""}}));
  EXPECT_TRUE(summarize(pod("n1", "")).copies->empty());  // no container has an image yet
}

TEST(Pods, ANodeWithTwoPodsHasAnImageOnce) {
  Pods pods;
  pods["old"] = summarize(with_image_ids(pod("n1", ""), "reg/a@sha256:old", "reg/b@sha256:b"));
  pods["new"] = summarize(with_image_ids(pod("n1", ""), "reg/a@sha256:new", "reg/b@sha256:b"));
  pods["n2"] = summarize(with_image_ids(pod("n2", ""), "reg/a@sha256:new", ""));
  const std::map<std::string, ImageSpread> expected = {{"a", {2, "sha256:new"}},
                                                       {"b", {1, "sha256:b"}}};
  EXPECT_EQ(spread(pods), expected);
}

}  // namespace
}  // namespace kip::core
