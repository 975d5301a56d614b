#include "deploy/node_labels.h"

#include <gmock/gmock.h>

namespace kip::deploy {
namespace {

DeployOptions instance(const std::string& namespace_name) {
  DeployOptions options;
  options.name = "my-images";
  options.namespace_name = namespace_name;
  return options;
}

// What the policy decides is tested with a real API server: e2e/test_deploy.py.
TEST(NodeLabels, PolicyAndBindingAreForTheSameAccount) {
  for (const std::string where : {"default", "prefetch"}) {
    const auto objects = node_label_objects(instance(where == "default" ? "" : where));
    ASSERT_EQ(objects.size(), 4U);
    EXPECT_EQ(at(objects[0], "/spec/matchConditions").at(0).at("expression"),
              "request.userInfo.username == 'system:serviceaccount:" + where + ":my-images'");
    EXPECT_EQ(
        at(objects[3], "/subjects"),
        json::array({{{"kind", "ServiceAccount"}, {"name", "my-images"}, {"namespace", where}}}));
  }
}

TEST(NodeLabels, ThePolicyIsThereBeforeTheRight) {
  std::vector<std::string> kinds;
  for (const auto& object : node_label_objects(instance("")))
    kinds.push_back(string_at(object, "/kind"));
  EXPECT_THAT(
      kinds, ::testing::ElementsAre("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
                                    "ClusterRole", "ClusterRoleBinding"));
}

TEST(NodeLabels, WhatThePolicyCannotJudgeIsRefused) {
  const auto objects = node_label_objects(instance(""));
  EXPECT_EQ(string_at(objects[0], "/spec/failurePolicy"), "Fail");
  EXPECT_EQ(at(objects[1], "/spec/validationActions"), json::array({"Deny"}));
}

}  // namespace
}  // namespace kip::deploy
