#include "kube/resource.h"

#include <gtest/gtest.h>

namespace kip::kube {
namespace {

TEST(Resource, PathsAreThoseOfTheApi) {
  EXPECT_EQ((Collection{daemonsets, "n"}.path()), "/apis/apps/v1/namespaces/n/daemonsets");
  EXPECT_EQ((Collection{pods, ""}.path()), "/api/v1/pods");
  EXPECT_EQ((ObjectReference{leases, "n", "l"}.path()),
            "/apis/coordination.k8s.io/v1/namespaces/n/leases/l");
}

TEST(Resource, NamesAreEncoded) {
  EXPECT_EQ((ObjectReference{daemonsets, "a b/c", "d?x"}.path()),
            "/apis/apps/v1/namespaces/a%20b%2Fc/daemonsets/d%3Fx");
}

}  // namespace
}  // namespace kip::kube
