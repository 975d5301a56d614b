#include "discovery/workload_images.h"

#include <gmock/gmock.h>

namespace kip::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const WorkloadKind& kind(std::string_view name) {
  for (const auto& each : workload_kinds)
    if (each.name == name) return each;
  ADD_FAILURE() << name;
  return workload_kinds[0];
}

json object(const std::string& text) { return json::parse(text); }

TEST(PodSpec, NamesImagesOfContainersOfEveryKindAndOfVolumes) {
  const json spec = object(R"({
    "initContainers": [{"image": "init:1"}],
    "containers": [{"image": "app:1"}, {"image": "side:1"}, {"image": "app:1"}],
    "ephemeralContainers": [{"image": "debug:1"}],
    "volumes": [{"name": "m", "image": {"reference": "model:1"}}, {"name": "e", "emptyDir": {}}]})");
  EXPECT_THAT(images_of_pod_spec(spec),
              ElementsAre("init:1", "app:1", "side:1", "debug:1", "model:1"));
}

TEST(PodSpec, OfAnyShapeIsTaken) {
  for (const char* text :
       {"null", "[]", "7", R"({"containers": 7})", R"({"containers": [7, null]})",
        R"({"containers": [{"image": ["a"]}, {"image": ""}]})"})
    EXPECT_THAT(images_of_pod_spec(object(text)), IsEmpty()) << text;
}

TEST(PodSpec, IsWhereEachKindHasIt) {
  const json cronjob =
      object(R"({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers":
                 [{"image": "cron:1"}]}}}}}})");
  EXPECT_THAT(images_of_pod_spec(at(cronjob, kind("CronJob").pod_spec)), ElementsAre("cron:1"));
  const json job =
      object(R"({"spec": {"template": {"spec": {"containers": [{"image": "a:1"}]}}}})");
  for (const char* name : {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
    EXPECT_THAT(images_of_pod_spec(at(job, kind(name).pod_spec)), ElementsAre("a:1")) << name;
}

TEST(InUse, IsNotWhatHasEnded) {
  EXPECT_TRUE(is_in_use(kind("Pod"), object(R"({"status": {"phase": "Pending"}})")));
  EXPECT_FALSE(is_in_use(kind("Pod"), object(R"({"status": {"phase": "Succeeded"}})")));
  EXPECT_FALSE(is_in_use(kind("Pod"), object(R"({"status": {"phase": "Failed"}})")));
  const char* ended = R"({"status": {"conditions": [{"type": "Complete", "status": "True"}]}})";
  EXPECT_FALSE(is_in_use(kind("Job"), object(ended)));
  EXPECT_TRUE(is_in_use(kind("Job"), object(R"({"status": {"conditions": [
      {"type": "Suspended", "status": "True"}, {"type": "Failed", "status": "False"}]}})")));
}

TEST(InUse, IsNotAnOldRevisionOfADeployment) {
  const json owned = object(R"({"metadata": {"ownerReferences": [{"kind": "Deployment"}]},
                                "spec": {"replicas": 0}})");
  EXPECT_FALSE(is_in_use(kind("ReplicaSet"), owned));
  json with_pods = owned;
  with_pods["spec"]["replicas"] = 1;
  EXPECT_TRUE(is_in_use(kind("ReplicaSet"), with_pods));
  EXPECT_TRUE(is_in_use(kind("ReplicaSet"), object(R"({"spec": {"replicas": 0}})")));
  EXPECT_TRUE(is_in_use(kind("Deployment"), object(R"({"spec": {"replicas": 0}})")))
      << "somebody is to scale it up";
}

}  // namespace
}  // namespace kip::discovery
