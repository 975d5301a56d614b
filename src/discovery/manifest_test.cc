#include "discovery/manifest.h"

#include <gmock/gmock.h>

#include "discovery/workload_images.h"

namespace kip::discovery {
namespace {

using ::testing::ElementsAre;

// "of: image image"
std::vector<std::string> found(const char* object) {
  const json value = json::parse(object);
  std::vector<std::string> out;
  for (const auto& each : pod_templates_of(value)) {
    std::string text = each.of + ":";
    for (const auto& image : images_of_pod_spec(*each.spec)) text += " " + image;
    out.push_back(text);
  }
  return out;
}

TEST(Manifest, EachKindHasItsTemplateWhereItIs) {
  EXPECT_THAT(found(R"({"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": {"spec": {
      "initContainers": [{"image": "i"}], "containers": [{"image": "a"}],
      "volumes": [{"image": {"reference": "v"}}]}}}})"),
              ElementsAre("Deployment shop/web: i a v"));
  EXPECT_THAT(found(R"({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"},
    "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "b"}]}}}}}})"),
              ElementsAre("CronJob c: b"));
  EXPECT_THAT(found(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
    "spec": {"containers": [{"image": "c"}]}})"),
              ElementsAre("Pod p: c"));
}

TEST(Manifest, AListIsItsObjects) {
  EXPECT_THAT(found(R"({"kind": "List", "items": [
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"image": "a"}]}},
    {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"containers": "image: z"}},
    {"kind": "PodList", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "q"},
      "spec": {"containers": [{"image": "b"}]}}]}]})"),
              ElementsAre("Pod p: a", "Pod q: b"));
}

TEST(Manifest, OfAnotherKindEachTemplateIsFoundWhereverItIs) {
  EXPECT_THAT(
      found(R"({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r"},
    "spec": {"template": {"spec": {"containers": [{"image": "a"}]}}}})"),
      ElementsAre("Rollout r: a"));
  EXPECT_THAT(found(R"({"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": "r"},
    "spec": {"headGroupSpec": {"template": {"spec": {"containers": [{"image": "h"}]}}},
             "workerGroupSpecs": [{"template": {"spec": {"containers": [{"image": "w"}]}}}]}})"),
              ElementsAre("RayCluster r: h", "RayCluster r: w"));
}

TEST(Manifest, WhatHasNoPodsHasNone) {
  for (const char* object :
       {"[]", "7", "{}", R"({"kind": "Deployment", "apiVersion": "apps/v1"})",
        R"({"kind": "List"})", R"({"kind": "A", "containers": [{"image": 7}]})"})
    EXPECT_THAT(found(object), ElementsAre()) << object;
}

}  // namespace
}  // namespace kip::discovery
