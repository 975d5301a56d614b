#include "core/ownership.h"

#include <gtest/gtest.h>

namespace kip::core {
namespace {

bool is_with(const char* labels) {
  return is_of_a_puller({{"metadata", {{"labels", json::parse(labels)}}}});
}

TEST(Ownership, OfAPullerIsWhatHoldsImagesOrLetsThemGoAndUsesNone) {
  EXPECT_TRUE(is_with(R"({"app.kubernetes.io/managed-by": "kubernetes-image-puller"})"));
  EXPECT_TRUE(is_with(R"({"app.kubernetes.io/name": "image-puller", "test": "daemonset-test"})"));
  EXPECT_TRUE(is_with(R"({"che.eclipse.org/image-puller-release": "0a1b"})"));
  EXPECT_FALSE(is_with(R"({"app.kubernetes.io/name": "image-puller", "test": "something"})"));
  EXPECT_FALSE(is_with(R"({"app.kubernetes.io/managed-by": "Helm"})"));
  EXPECT_FALSE(is_of_a_puller(json::object()));
  EXPECT_FALSE(is_of_a_puller(json::array()));
}

}  // namespace
}  // namespace kip::core
