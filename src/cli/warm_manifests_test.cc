#include "cli/warm_manifests.h"

#include <string>

#include <gtest/gtest.h>

namespace kip::cli {
namespace {

constexpr const char* chart = R"(---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      nodeSelector: {pool: a}
      tolerations: [{key: gpu, operator: Exists}]
      initContainers: [{name: i, image: "r.test/init:1"}]
      containers: [{name: c, image: "r.test/web:TAG"}, {name: d, image: "r.test/init:1"}]
---
---
apiVersion: v1
kind: List
items:
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: nightly}
  spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: "r.test/init:1"}]}}}}}
)";

TEST(WarmManifests, WantEachImageForTheNodesOfItsTemplates) {
  const auto found = images_of_manifests(chart);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->objects, 2U);
  ASSERT_EQ(found->images.size(), 3U);
  EXPECT_EQ(found->images[0].reference.text, "r.test/init:1");
  EXPECT_EQ(found->images[0].placement->node_selector, json({{"pool", "a"}}));
  EXPECT_EQ(found->images[0].placement->tolerations.size(), 1U);
  EXPECT_EQ(found->images[1].reference.text, "r.test/web:TAG");
  EXPECT_EQ(found->images[2].reference.text, "r.test/init:1");
  EXPECT_EQ(found->images[2].placement, config::Placement());
}

TEST(WarmManifests, HaveANameThatAnotherVersionOfThemHasToo) {
  std::string next = chart;
  next.replace(next.find("TAG"), 3, "2");
  EXPECT_EQ(images_of_manifests(chart)->name, images_of_manifests(next)->name);
  EXPECT_TRUE(images_of_manifests(chart)->name.starts_with("web-"));
  next.replace(next.find("nightly"), 7, "weekly");
  EXPECT_NE(images_of_manifests(chart)->name, images_of_manifests(next)->name);
}

TEST(WarmManifests, WhatCannotBeReadIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: [", "line"},
      {R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
           "spec": {"containers": [{"image": "NO:T:one"}]}})",
       "Pod p"},
      {R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
           "spec": {"nodeSelector": {"a b": "c"}, "containers": [{"image": "one"}]}})",
       "nodeSelector"}};
  for (const auto& [text, part] : cases) {
    const auto found = images_of_manifests(text);
    ASSERT_FALSE(found) << text;
    EXPECT_NE(found.error().message.find(part), std::string::npos) << found.error().message;
  }
}

// The service would refuse the list, and who waits for it would not learn why.
TEST(WarmManifests, OfMoreThanAListTakesNoneIsMade) {
  std::string pod = "kind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec:\n  containers:\n";
  for (int i = 0; i < 1001; ++i)
    pod += "  - {name: c, image: 'r.test/a:" + std::to_string(i) + "'}\n";
  const auto found = images_of_manifests(pod);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("it has 1001 images"), std::string::npos);
}

TEST(WarmManifests, WithoutPodsThereIsNothingToWarm) {
  const auto found = images_of_manifests("kind: ConfigMap\n---\nkind: Secret\n");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->images.empty());
  EXPECT_EQ(found->objects, 2U);
  EXPECT_EQ(images_of_manifests("# nothing\n---\n")->objects, 0U);
}

}  // namespace
}  // namespace kip::cli
