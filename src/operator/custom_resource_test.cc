#include "operator/custom_resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kip::operators {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

json resource(json spec) {
  return {{"apiVersion", group_version},
          {"kind", kind},
          {"metadata", {{"name", "puller"}, {"namespace", "images"}, {"uid", "u1"}}},
          {"spec", std::move(spec)}};
}

// As the Go operator leaves it: defaults written back into the spec.
json of_the_go_operator() {
  return {{"configMapName", "k8s-image-puller"},
          {"daemonsetName", "k8s-image-puller"},
          {"deploymentName", "kubernetes-image-puller"},
          {"images", "theia=quay.io/eclipse/che-theia:next;ubi=registry.test/ubi8:8.10;"},
          {"cachingIntervalHours", "2"},
          {"cachingMemoryRequest", "10Mi"},
          {"cachingMemoryLimit", "20Mi"},
          {"cachingCPURequest", ".05"},
          {"cachingCPULimit", ".2"},
          {"nodeSelector", "{\"disk\":\"fast\"}"},
          {"affinity", "{}"},
          {"tolerations", "[]"},
          {"imagePullSecrets", "a;b;"},
          {"imagePullerImage", "quay.io/eclipse/kubernetes-image-puller:next"}};
}

TEST(CustomResource, ASpecOfTheGoOperatorIsReadAsItsConfigMapWas) {
  const auto reading = read_custom_resource(resource(of_the_go_operator()));
  ASSERT_TRUE(reading.settings);
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(reading.settings->images.size(), 2U);
  EXPECT_EQ(reading.settings->images[1].reference.text, "registry.test/ubi8:8.10");
  EXPECT_EQ(reading.settings->interval, std::chrono::hours(2));
  EXPECT_EQ(reading.settings->daemonset_name, "k8s-image-puller");
  EXPECT_EQ(reading.settings->namespace_name, "images");
  EXPECT_EQ(reading.settings->deployment_name, "");
  EXPECT_EQ(reading.settings->node_selector, json({{"disk", "fast"}}));
  EXPECT_EQ(reading.settings->image_pull_secrets, (std::vector<std::string>{"a", "b"}));
}

TEST(CustomResource, StructuredFieldsSayTheSameWithoutJsonInStrings) {
  const auto reading = read_custom_resource(
      resource({{"imageList", {{{"name", "a"}, {"image", "registry.test/a:1"}}}},
                {"nodeSelectorMap", {{"disk", "fast"}}},
                {"nodeSelector", "{}"},  // what the Go operator wrote back is no second value
                {"affinityObject", {{"nodeAffinity", json::object()}}},
                {"tolerationsList", {{{"operator", "Exists"}}}},
                {"pullSecrets", {"one", "two"}},
                {"priorityClassName", "low"},
                {"refreshStrategy", "Recreate"},
                {"cacheMode", "volume"},
                {"maxNodesPulling", 7}}));
  ASSERT_TRUE(reading.settings) << reading.problems.front().message;
  EXPECT_EQ(reading.settings->images.front().name, "a");
  EXPECT_EQ(reading.settings->node_selector, json({{"disk", "fast"}}));
  EXPECT_EQ(reading.settings->affinity, json({{"nodeAffinity", json::object()}}));
  EXPECT_EQ(reading.settings->tolerations, json::array({{{"operator", "Exists"}}}));
  EXPECT_EQ(reading.settings->image_pull_secrets, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(reading.settings->priority_class_name, "low");
  EXPECT_EQ(reading.settings->refresh_strategy, config::RefreshStrategy::recreate);
  EXPECT_EQ(reading.settings->cache_mode, config::CacheMode::volume);
  EXPECT_EQ(reading.settings->max_nodes_pulling, types::NodeCount(7));
}

TEST(CustomResource, ProblemsNameTheFieldThatHasThem) {
  const struct {
    json spec;
    const char *field, *part;
  } cases[] = {
      {json::object(), "spec.images", "it is not set"},
      {{{"images", "a=b:c:d"}}, "spec.images", "b:c:d"},
      {{{"imageList", {{{"name", "A"}, {"image", "x"}}}}}, "spec.imageList", "A"},
      {{{"images", "a=x"}, {"imageList", {{{"name", "a"}, {"image", "x"}}}}},
       "spec.imageList",
       "spec.images is set, too"},
      {{{"images", "a=x"}, {"cachingCPULimit", "many"}}, "spec.cachingCPULimit", "many"},
      {{{"images", "a=x"}, {"tolerations", "{}"}}, "spec.tolerations", "array"},
      {{{"images", "a=x"}, {"maxNodesPulling", 0}}, "spec.maxNodesPulling", "0"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.spec.dump());
    const auto reading = read_custom_resource(resource(each.spec));
    EXPECT_FALSE(reading.settings);
    ASSERT_FALSE(reading.problems.empty());
    EXPECT_EQ(reading.problems.front().setting, each.field);
    EXPECT_THAT(reading.problems.front().message, HasSubstr(each.part));
  }
}

TEST(CustomResource, ASpecThatIsLargerThanAnyDaemonSetIsNotReadAtAll) {
  std::string images;
  while (images.size() < 1'000'000) images += "a=b:c:d;";  // each of them a problem of its own
  const auto reading = read_custom_resource(resource({{"images", images}}));
  EXPECT_FALSE(reading.settings);
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems.front().severity, config::Problem::Severity::error);
  EXPECT_EQ(reading.problems.front().setting, "spec");
  EXPECT_THAT(reading.problems.front().message, HasSubstr("1000013 bytes"));
  EXPECT_THAT(reading.problems.front().message, HasSubstr("262144"));
}

TEST(CustomResource, AListOfAsManyImagesAsADaemonSetCanHoldIsRead) {
  json list = json::array();
  for (int i = 0; i < 600; ++i)
    list.push_back({{"name", "image-" + std::to_string(i)},
                    {"image", "registry.test/" + std::string(240, 'a') + ":" + std::to_string(i)}});
  const auto reading = read_custom_resource(resource({{"imageList", list}}));
  ASSERT_TRUE(reading.settings) << reading.problems.front().message;
  EXPECT_EQ(reading.settings->images.size(), 600U);
}

// The CRD on the cluster may be another one than ours, or have been another one once.
TEST(CustomResource, AnObjectOfAnyShapeIsAProblemAndNeverAnException) {
  const std::vector<json> values = {nullptr,        7,
                                    "text",         true,
                                    json::array(),  json::array({1}),
                                    json::object(), json{{"a", json::object()}}};
  for (const json& value : values) {
    SCOPED_TRACE(value.dump());
    EXPECT_FALSE(read_custom_resource(value).settings);
    EXPECT_FALSE(read_custom_resource({{"metadata", value}, {"spec", value}}).settings);
    EXPECT_FALSE(read_custom_resource(resource(value)).settings);
    (void)reference_to({{"metadata", value}}).path();
    owner_of({{"metadata", value}});
    for (const char* field :
         {"imageList", "nodeSelectorMap", "affinityObject", "tolerationsList", "pullSecrets",
          "images", "maxNodesPulling", "daemonsetName", "discoverNamespaces", "discoverExclude",
          "discoverMaxImages", "releaseGate", "nodeGateTaint", "nodeGateImages"})
      read_custom_resource(resource({{"images", "a=x"}, {field, value}}));
  }
}

TEST(CustomResource, AListThatIsNoneIsNamed) {
  for (const char* field : {"imageList", "pullSecrets"}) {
    json spec = {{field, {{"a", {{"name", "a"}, {"image", "x"}}}}}};
    if (field == std::string("pullSecrets")) spec["images"] = "a=x";
    const auto reading = read_custom_resource(resource(spec));
    EXPECT_FALSE(reading.settings);
    ASSERT_FALSE(reading.problems.empty());
    EXPECT_EQ(reading.problems.front().setting, std::string("spec.") + field);
    EXPECT_THAT(reading.problems.front().message, HasSubstr("expected a list"));
  }
}

TEST(CustomResource, PathsAndOwner) {
  EXPECT_EQ((kube::Collection{image_pullers, ""}.path()),
            "/apis/che.eclipse.org/v1alpha1/kubernetesimagepullers");
  EXPECT_EQ(reference_to(resource({})).path(),
            "/apis/che.eclipse.org/v1alpha1/namespaces/images/kubernetesimagepullers/puller");
  EXPECT_EQ(
      owner_of(resource({})),
      (core::OwnerReference{"puller", "u1", "che.eclipse.org/v1alpha1", "KubernetesImagePuller"}));
}

}  // namespace
}  // namespace kip::operators
