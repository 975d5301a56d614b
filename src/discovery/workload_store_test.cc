#include "discovery/workload_store.h"

#include <gmock/gmock.h>
#include <malloc.h>

namespace kip::discovery {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint16_t pods = 0, deployments = 1;

Workload workload(const std::vector<std::string>& images, bool is_pod = false) {
  Workload found;
  for (const auto& image : images) found.images.push_back(*types::parse_image_reference(image));
  found.is_pod = is_pod;
  return found;
}
Workload placed(const std::string& image, const std::string& disk) {
  Workload found = workload({image});
  found.placement.node_selector["disk"] = disk;
  return found;
}
ImageUse use_of(const WorkloadStore& store, const std::string& image) {
  for (const auto& use : store.uses())
    if (use.image == image) return use;
  return {};
}

TEST(WorkloadStore, CountsPodsAndWorkloadsOfEachImage) {
  WorkloadStore store;
  const Workload front = workload({"a:1", "b:1"}), pod = workload({"a:1"}, true);
  store.put(deployments, 1, &front);
  store.put(pods, 2, &pod);
  store.put(pods, 3, &pod);
  EXPECT_EQ(use_of(store, "a:1").pods, 2U);
  EXPECT_EQ(use_of(store, "a:1").workloads, 1U);
  EXPECT_EQ(use_of(store, "b:1").pods, 0U);
  store.remove(3);
  EXPECT_EQ(use_of(store, "a:1").pods, 1U);
}

TEST(WorkloadStore, SaysWhenWhatIsUsedChanges) {
  WorkloadStore store;
  const Workload v1 = workload({"a:1"}), v2 = workload({"a:2"});
  EXPECT_TRUE(store.put(deployments, 1, &v1).is_one);
  EXPECT_FALSE(store.put(deployments, 1, &v1).is_one) << "the same again";
  EXPECT_FALSE(store.put(deployments, 2, &v1).is_one) << "one more of it";
  EXPECT_FALSE(store.remove(2).is_one);
  EXPECT_TRUE(store.put(deployments, 1, &v2).is_one);
  EXPECT_THAT(store.uses(), SizeIs(1));
  EXPECT_TRUE(store.put(deployments, 1, nullptr).is_one);
  EXPECT_THAT(store.uses(), IsEmpty());
  EXPECT_FALSE(store.remove(1).is_one);
}

TEST(WorkloadStore, TakesTwoWaysToWriteAnImageForOne) {
  WorkloadStore store;
  const Workload a = workload({"busybox"}), b = workload({"docker.io/library/busybox:latest"});
  store.put(deployments, 1, &a);
  store.put(deployments, 2, &b);
  EXPECT_THAT(store.uses(), SizeIs(1));
  EXPECT_EQ(use_of(store, "busybox").workloads, 2U);
}

TEST(WorkloadStore, DropsWhatAListDoesNotTell) {
  WorkloadStore store;
  const Workload a = workload({"a:1"}), b = workload({"b:1"}), pod = workload({"c:1"}, true);
  store.put(deployments, 1, &a);
  store.put(deployments, 2, &b);
  store.put(pods, 3, &pod);
  store.begin_list(deployments);
  store.put(deployments, 1, &a);
  EXPECT_THAT(store.uses(), SizeIs(3)) << "until it ends";
  EXPECT_TRUE(store.end_list(deployments).is_one);
  EXPECT_THAT(store.uses(), SizeIs(2)) << "pods are of another collection";
  store.begin_list(deployments);
  store.begin_list(deployments);  // the first was broken off
  store.keep(1);
  EXPECT_FALSE(store.end_list(deployments).is_one);
  EXPECT_THAT(store.uses(), SizeIs(2));
}

TEST(WorkloadStore, KnowsWhereAnImageIsWanted) {
  WorkloadStore store;
  const Workload ssd = placed("a:1", "ssd"), hdd = placed("a:1", "hdd");
  store.put(deployments, 1, &ssd);
  store.put(deployments, 2, &ssd);
  EXPECT_THAT(use_of(store, "a:1").placements, SizeIs(1));
  EXPECT_TRUE(store.put(deployments, 3, &hdd).is_one);
  EXPECT_THAT(use_of(store, "a:1").placements, SizeIs(2));
  EXPECT_TRUE(store.remove(3).is_one);
  EXPECT_EQ(use_of(store, "a:1").placements, std::vector<config::Placement>{ssd.placement});
}

TEST(WorkloadStore, TakesACrowdOfPlacementsForNone) {
  WorkloadStore store;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    const Workload each = placed("a:1", std::to_string(i));
    store.put(deployments, i, &each);
  }
  EXPECT_LE(use_of(store, "a:1").placements.size(), 256U);
  for (std::uint64_t i = 1; i <= 1000; ++i) store.remove(i);
  EXPECT_THAT(store.uses(), IsEmpty());
  const Workload again = placed("a:1", "new");
  store.put(deployments, 1, &again);
  EXPECT_EQ(use_of(store, "a:1").placements, std::vector<config::Placement>{again.placement});
}

// Each workload of 20,000 has an image of its own, the worst that there is; with its pods and
// ReplicaSets they take some MiB.
TEST(WorkloadStore, HoldsALargeClusterInAFewMiB) {
  const auto used = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  const std::size_t before = used();
  WorkloadStore store;
  std::uint64_t objects = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string image = "registry.example.com/team-" + std::to_string(i % 100) + "/service-" +
                              std::to_string(i) + ":v1.2.3-4567890";
    const Workload owner = workload({image}), pod = workload({image}, true);
    store.put(deployments, object_hash("Deployment", std::to_string(++objects)), &owner);
    for (int pod_number = 0; pod_number < (i % 2 == 0 ? 2 : 3); ++pod_number)
      store.put(pods, object_hash("Pod", std::to_string(++objects)), &pod);
  }
  EXPECT_EQ(store.objects(), 70'000U);
  EXPECT_EQ(store.images(), 20'000U);
  const std::size_t bytes = used() - before;
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LT(bytes, std::size_t{10} << 20) << "with an image for each workload";
}

}  // namespace
}  // namespace kip::discovery
