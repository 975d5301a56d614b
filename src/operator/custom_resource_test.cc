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
  EXPECT_EQ(reading.settings->images[1].reference, "registry.test/ubi8:8.10");
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
                {"maxNodesPulling", 7}}));
  ASSERT_TRUE(reading.settings) << reading.problems.front().message;
  EXPECT_EQ(reading.settings->images.front().name, "a");
  EXPECT_EQ(reading.settings->node_selector, json({{"disk", "fast"}}));
  EXPECT_EQ(reading.settings->affinity, json({{"nodeAffinity", json::object()}}));
  EXPECT_EQ(reading.settings->tolerations, json::array({{{"operator", "Exists"}}}));
  EXPECT_EQ(reading.settings->image_pull_secrets, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(reading.settings->priority_class_name, "low");
  EXPECT_EQ(reading.settings->refresh_strategy, config::RefreshStrategy::recreate);
  EXPECT_EQ(reading.settings->max_nodes_pulling, "7");
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

TEST(CustomResource, PathsAndOwner) {
  EXPECT_EQ(collection_path(""), "/apis/che.eclipse.org/v1alpha1/kubernetesimagepullers");
  EXPECT_EQ(path_of(resource({})),
            "/apis/che.eclipse.org/v1alpha1/namespaces/images/kubernetesimagepullers/puller");
  EXPECT_EQ(owner_of(resource({})),
            (core::Owner{"puller", "u1", "che.eclipse.org/v1alpha1", "KubernetesImagePuller"}));
}

}  // namespace
}  // namespace kip::operators
