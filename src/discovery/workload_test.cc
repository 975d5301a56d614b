#include "discovery/workload.h"

#include <gmock/gmock.h>

namespace kip::discovery {
namespace {

using ::testing::ElementsAre;

const WorkloadKind& kind(std::string_view name) {
  for (const auto& each : workload_kinds)
    if (each.name == name) return each;
  ADD_FAILURE() << name;
  return workload_kinds[0];
}

config::Discovery everything() {
  config::Discovery wanted;
  wanted.all_namespaces = true;
  return wanted;
}
json deployment(const std::string& more = "{}") {
  json object = json::parse(R"({"metadata": {"namespace": "shop", "name": "front", "generation": 1,
      "labels": {"tier": "web"}},
    "spec": {"replicas": 2, "template": {"spec": {
      "nodeSelector": {"disk": "ssd"},
      "containers": [{"image": "quay.io/a/app:1"}, {"image": "busybox"}]}}}})");
  object.merge_patch(json::parse(more));
  return object;
}
std::vector<std::string> images(const json& object, const config::Discovery& wanted,
                                std::string_view of = "Deployment") {
  std::vector<std::string> texts;
  if (const auto found = workload_of(kind(of), object, wanted))
    for (const auto& image : found->images) texts.push_back(image.text);
  return texts;
}

TEST(Workload, HasTheImagesOfItsTemplate) {
  const auto found = workload_of(kind("Deployment"), deployment(), everything());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->images.size(), 2U);
  EXPECT_FALSE(found->is_pod);
  EXPECT_FALSE(found->is_owned);
  EXPECT_EQ(found->placement, config::Placement()) << "nobody asked where";
}

TEST(Workload, APlacementThatIsTooLargeToCopyToEachNodeIsNone) {
  config::Discovery wanted = everything();
  wanted.placement = config::DiscoverPlacement::matching;
  EXPECT_NE(workload_of(kind("Deployment"), deployment(), wanted)->placement, config::Placement());
  json object = deployment();
  json term = {{"matchExpressions", json::array({{{"key", "a"}, {"operator", "In"}}})}};
  for (int i = 0; i < 1000; ++i)
    term["matchExpressions"][0]["values"].push_back("value-" + std::to_string(i));
  object["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
        ["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] =
            json::array({term});
  const auto found = workload_of(kind("Deployment"), object, wanted);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->images.size(), 2U);
  EXPECT_EQ(found->placement, config::Placement());
}

TEST(Workload, CountsInNamespacesThatAreFollowedAndNotIgnored) {
  config::Discovery wanted;
  wanted.namespaces = {"other", "shop"};
  EXPECT_EQ(images(deployment(), wanted).size(), 2U);
  wanted.namespaces = {"other"};
  EXPECT_TRUE(images(deployment(), wanted).empty());
  wanted = everything();
  wanted.ignored_namespaces = {"shop"};
  EXPECT_TRUE(images(deployment(), wanted).empty());
}

TEST(Workload, HasOnlyImagesThatPassIncludesExcludesAndTheRule) {
  config::Discovery wanted = everything();
  wanted.include = *filter::ImagePatterns::parse("prefix:quay.io/ busybox");
  EXPECT_EQ(images(deployment(), wanted).size(), 2U);
  wanted.exclude = *filter::ImagePatterns::parse("contains:busy");
  EXPECT_THAT(images(deployment(), wanted), ElementsAre("quay.io/a/app:1"));
  wanted.rule = *filter::Rule::parse(R"(labels["tier"] == "web" && kind == "Deployment")");
  EXPECT_THAT(images(deployment(), wanted), ElementsAre("quay.io/a/app:1"));
  wanted.rule = *filter::Rule::parse(R"(name == "back")");
  EXPECT_TRUE(images(deployment(), wanted).empty());
}

TEST(Workload, IsWhereItsPodsMayRunIfAsked) {
  config::Discovery wanted = everything();
  wanted.placement = config::DiscoverPlacement::matching;
  EXPECT_EQ(workload_of(kind("Deployment"), deployment(), wanted)->placement.node_selector,
            json({{"disk", "ssd"}}));
}

TEST(Workload, OfANamedKindHasAPodTemplateOrAPodSpecAtItsPath) {
  const std::vector<config::WorkloadResource> resources = {
      {"/apis/a.b/v1", "rollouts", "/spec/template"}, {"/apis/a.b/v1", "runs", "/spec/pod"}};
  const auto kinds = kinds_of(resources);
  config::Discovery wanted = everything();
  wanted.rule = *filter::Rule::parse(R"(kind == "Rollout" || kind == "runs")");
  json rollout = deployment(R"({"kind": "Rollout"})");
  EXPECT_EQ(workload_of(kinds[0], rollout, wanted)->images.size(), 2U);
  json run = {{"metadata", {{"namespace", "shop"}}},
              {"spec", {{"pod", {{"containers", {{{"image", "a:1"}}}}}}}}};
  EXPECT_EQ(workload_of(kinds[1], run, wanted)->images.size(), 1U);
}

TEST(Workload, APodThatASchedulingGateHoldsBackCounts) {
  const json pod = json::parse(R"({"metadata": {"namespace": "shop", "name": "held"},
      "spec": {"schedulingGates": [{"name": "quota"}], "containers": [{"image": "a:1"}]},
      "status": {"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}})");
  EXPECT_THAT(images(pod, everything(), "Pod"), ElementsAre("a:1"));
}

TEST(RollingOut, IsWhatItsControllerHasNotYetSeenOrDone) {
  const auto& of = kind("Deployment");
  EXPECT_TRUE(is_rolling_out(of, deployment()));
  EXPECT_FALSE(is_rolling_out(of, deployment(R"({"spec": {"replicas": 0}})"))) << "no pods";
  EXPECT_TRUE(is_rolling_out(
      of, deployment(R"({"status": {"observedGeneration": 1, "updatedReplicas": 1}})")));
  EXPECT_FALSE(is_rolling_out(
      of, deployment(R"({"status": {"observedGeneration": 1, "updatedReplicas": 2}})")));
  EXPECT_TRUE(is_rolling_out(of, deployment(R"({"metadata": {"generation": 2},
      "status": {"observedGeneration": 1, "updatedReplicas": 2}})")));
  EXPECT_TRUE(is_rolling_out(of, deployment(R"({"spec": {"replicas": null}})"))) << "1 by default";
  EXPECT_FALSE(is_rolling_out(kind("CronJob"), deployment()));
  EXPECT_TRUE(is_rolling_out(kind("DaemonSet"), json::parse(R"({"metadata": {"generation": 2},
      "status": {"observedGeneration": 2, "desiredNumberScheduled": 3}})")));
  EXPECT_TRUE(is_rolling_out(kind("Job"), json::parse("{}")));
  EXPECT_FALSE(is_rolling_out(kind("Job"), json::parse(R"({"spec": {"suspend": true}})")));
}

TEST(RollingOut, IsOfANamedKindOnlyWhatItsStatusSays) {
  const std::vector<config::WorkloadResource> resources = {
      {"/apis/a.b/v1", "rollouts", "/spec/template"}};
  const auto kinds = kinds_of(resources);
  const auto with = [&](const char* status) {
    json object = deployment(R"({"metadata": {"generation": 2}})");
    object["status"] = json::parse(status);
    return is_rolling_out(kinds[0], object);
  };
  EXPECT_FALSE(with("{}")) << "it may never say which generation it has seen";
  EXPECT_FALSE(with(R"({"observedGeneration": "2"})")) << "a text, as some have it";
  EXPECT_TRUE(with(R"({"observedGeneration": 1})"));
  EXPECT_FALSE(with(R"({"observedGeneration": 2})")) << "it may never count its pods";
  EXPECT_TRUE(with(R"({"observedGeneration": 2, "updatedReplicas": 1})"));
  EXPECT_FALSE(with(R"({"observedGeneration": 2, "updatedReplicas": 2})"));
}

}  // namespace
}  // namespace kip::discovery
