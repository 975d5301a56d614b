#include "core/pods.h"

#include <gtest/gtest.h>

#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace testing;

PodSummary with_images(const std::string& node, const std::string& a, const std::string& b) {
  json pod = running_pod(node);
  pod["status"]["containerStatuses"][0]["imageID"] = a;
  pod["status"]["containerStatuses"][1]["imageID"] = b;
  return summarize(pod);
}

TEST(Pods, APodThatIsAsBeforeIsNoChange) {
  Pods pods;
  EXPECT_TRUE(pods.put("x", summarize(running_pod("n1"))));
  EXPECT_FALSE(pods.put("x", summarize(running_pod("n1"))));
  EXPECT_TRUE(pods.put("x", summarize(waiting_pod("n1", "ErrImagePull"))));
  EXPECT_FALSE(pods.put("x", summarize(waiting_pod("n1", "ErrImagePull"))));
  EXPECT_TRUE(pods.erase("x"));
  EXPECT_FALSE(pods.erase("x"));
  EXPECT_EQ(pods.size(), 0U);
}

TEST(Pods, ThoseThatAreNotWellAreKnownByName) {
  Pods pods;
  pods.put("x", summarize(waiting_pod("n1", "ErrImagePull")));
  pods.put("y", summarize(running_pod("n2")));
  ASSERT_EQ(pods.not_well().size(), 1U);
  EXPECT_EQ(pods.not_well().begin()->first, "x");
  EXPECT_EQ(pods.not_well().begin()->second->node, "n1");
  pods.put("x", summarize(running_pod("n1")));
  EXPECT_TRUE(pods.not_well().empty());
  pods.put("y", summarize(waiting_pod("n2", "ErrImagePull")));
  pods.erase("y");
  EXPECT_TRUE(pods.not_well().empty());
}

TEST(Pods, ThousandsWithTheSameImagesKeepTheirListOnce) {
  Pods pods;
  for (const char* node : {"n1", "n2", "n3"})
    pods.put(node, with_images(node, "reg/a@sha256:a", "reg/b@sha256:b"));
  const std::vector<Copy>* first = pods.begin()->second.copies.get();
  for (const auto& [name, pod] : pods) EXPECT_EQ(pod.copies.get(), first);
}

TEST(Pods, ANodeWithTwoPodsHasAnImageOnce) {
  Pods pods;
  pods.put("old", with_images("n1", "reg/a@sha256:old", "reg/b@sha256:b"));
  pods.put("new", with_images("n1", "reg/a@sha256:new", "reg/b@sha256:b"));
  pods.put("n2", with_images("n2", "reg/a@sha256:new", ""));
  pods.put("none", summarize(scheduled_pod("n3")));
  const std::map<std::string, ImageSpread> expected = {{"a", {2, "sha256:new"}},
                                                       {"b", {1, "sha256:b"}}};
  EXPECT_EQ(spread(pods), expected);
}

}  // namespace
}  // namespace kip::core
