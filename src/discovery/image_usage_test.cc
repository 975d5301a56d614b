#include "discovery/image_usage.h"

#include <gmock/gmock.h>

namespace kip::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const WorkloadKind& pods = workload_kinds[0];
const WorkloadKind& deployments = workload_kinds[1];
const WorkloadKind& replicasets = workload_kinds[4];

json spec(const std::vector<std::string>& images) {
  json containers = json::array();
  for (const auto& image : images) containers.push_back({{"image", image}});
  return {{"containers", containers}};
}
json pod(const std::string& node, const std::vector<std::string>& images) {
  json found = {{"spec", spec(images)}};
  if (!node.empty()) found["spec"]["nodeName"] = node;
  return found;
}
json workload(const std::vector<std::string>& images, bool owned = false) {
  json found = {{"spec", {{"replicas", 1}, {"template", {{"spec", spec(images)}}}}}};
  if (owned) found["metadata"]["ownerReferences"] = {{{"kind", "Deployment"}}};
  return found;
}

TEST(ImageUsage, CountsPodsAndTheirNodesAndTheWorkloadsOfAnImage) {
  ImageUsage usage;
  usage.add(pods, pod("n1", {"a:1", "b:1"}));
  usage.add(pods, pod("n1", {"a:1"}));
  usage.add(pods, pod("n2", {"a:1"}));
  usage.add(pods, pod("", {"b:1"}));  // not scheduled yet
  usage.add(deployments, workload({"a:1", "c:1"}));
  usage.add(deployments, workload({"a:1"}));
  usage.add(replicasets, workload({"a:1"}, true));
  EXPECT_THAT(usage.images(),
              ElementsAre(UsedImage{"a:1", 3, 2, {{"Deployment", 2}}}, UsedImage{"b:1", 2, 1, {}},
                          UsedImage{"c:1", 0, 0, {{"Deployment", 1}}}));
}

TEST(ImageUsage, TakesTwoWaysToWriteAnImageForOne) {
  ImageUsage usage;
  usage.add(pods, pod("n1", {"docker.io/library/busybox:latest"}));
  usage.add(pods, pod("n1", {"busybox"}));
  usage.add(pods, pod("n1", {"busybox:1"}));
  EXPECT_THAT(usage.images(),
              ElementsAre(UsedImage{"busybox", 2, 1, {}}, UsedImage{"busybox:1", 1, 1, {}}));
}

TEST(ImageUsage, KeepsWhatIsNoReference) {
  ImageUsage usage;
  usage.add(pods, pod("n1", {"UPPER//x"}));
  EXPECT_THAT(usage.images(), ElementsAre(UsedImage{"UPPER//x", 1, 1, {}}));
}

TEST(ImageUsage, OfNothingIsEmpty) {
  ImageUsage usage;
  usage.add(pods, json::array());
  EXPECT_THAT(usage.images(), IsEmpty());
}

}  // namespace
}  // namespace kip::discovery
