#include "core/coverage.h"

#include <gtest/gtest.h>

#include "testing/pods.h"
#include "testing/settings.h"

namespace kip::core {
namespace {

using namespace testing;

TEST(ImageCoverage, ANodeWithTwoPodsHasAnImageOnce) {
  Pods pods;
  pods.put("old", summarize(running_pod("n1", "reg/a@sha256:old", "reg/b@sha256:b")));
  pods.put("new", summarize(running_pod("n1", "reg/a@sha256:new", "reg/b@sha256:b")));
  pods.put("n2", summarize(running_pod("n2", "reg/a@sha256:new", "")));
  pods.put("none", summarize(scheduled_pod("n3")));
  const std::vector<ImageCoverage> expected = {
      {"b", "reg/b:1", "sha256:b", 1}, {"a", "reg/a:1", "sha256:new", 2}, {"c", "reg/c:1", "", 0}};
  EXPECT_EQ(
      image_coverage(
          {{"b", reference("reg/b:1")}, {"a", reference("reg/a:1")}, {"c", reference("reg/c:1")}},
          pods),
      expected);
}

}  // namespace
}  // namespace kip::core
