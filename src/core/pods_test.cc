#include "core/pods.h"

#include <gtest/gtest.h>

#include "testing/pods.h"

namespace kip::core {
namespace {

using namespace testing;

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
    pods.put(node, summarize(running_pod(node, "reg/a@sha256:a", "reg/b@sha256:b")));
  const std::vector<Copy>* first = pods.begin()->second.copies.get();
  for (const auto& [name, pod] : pods) EXPECT_EQ(pod.copies.get(), first);
}

}  // namespace
}  // namespace kip::core
