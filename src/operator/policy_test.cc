#include "operator/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/custom_resource.h"

namespace kip::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// "taken", or the problem of a resource in the namespace "images".
std::string answer(const Policy& policy, const json& namespaces) {
  const auto reading =
      read_custom_resource({{"metadata", {{"name", "puller"}, {"namespace", "images"}}},
                            {"spec", {{"images", "a=x"}, {"discoverNamespaces", namespaces}}}},
                           policy);
  if (reading.settings) return "taken";
  return reading.problems.back().setting + ": " + reading.problems.back().message;
}

TEST(Policy, AResourceMayFollowItsOwnNamespaceAndNoOther) {
  EXPECT_EQ(answer({}, {"images"}), "taken");
  EXPECT_EQ(answer({}, json::array()), "taken");
  EXPECT_EQ(answer({}, {"images", "shop"}),
            "spec.discoverNamespaces: \"shop\" is not the resource's own namespace; expected "
            "\"images\" alone, as the operator's DISCOVER_ALLOWED_NAMESPACES is not set");
  EXPECT_THAT(answer({}, {"*"}), HasSubstr("\"*\" is not the resource's own"));
  EXPECT_THAT(answer({}, {"a", "images", "*"}), HasSubstr("\"*\" is not"));
  EXPECT_THAT(answer({}, {"b", "a", "images"}), HasSubstr("\"a b\" are not"));
  // More than are followed one by one are followed as all are.
  EXPECT_THAT(answer({}, {"a", "b", "c", "d", "e", "f", "g", "h", "images"}),
              HasSubstr("\"a b c d e\" are not"));
}

TEST(Policy, TheOperatorsAdministratorMayAllowMore) {
  const Policy some{.namespaces = {"pay", "shop"}};
  EXPECT_EQ(answer(some, {"images", "pay", "shop"}), "taken");
  EXPECT_EQ(answer(some, {"other"}),
            "spec.discoverNamespaces: \"other\" is not the resource's own namespace; expected "
            "\"images\", or what the operator's DISCOVER_ALLOWED_NAMESPACES has");
  EXPECT_THAT(answer(some, {"*"}), StartsWith("spec.discoverNamespaces: "));
  const Policy all{.all_namespaces = true};
  EXPECT_EQ(answer(all, {"*"}), "taken");
  EXPECT_EQ(answer(all, {"other"}), "taken");
}

TEST(Policy, KindsAreTheOperatorsToSay) {
  const Policy policy{.kinds = {{"/apis/a.b/v1", "rollouts", "/spec/template"}}};
  const json metadata = {{"name", "puller"}, {"namespace", "images"}};
  const json spec = {{"discoverNamespaces", {"images"}}, {"discoverKinds", "v1/secrets:.data"}};
  const auto reading = read_custom_resource({{"metadata", metadata}, {"spec", spec}}, policy);
  ASSERT_TRUE(reading.settings);
  EXPECT_EQ(reading.settings->discovery.kinds, policy.kinds);
  const auto plain =
      read_custom_resource({{"metadata", metadata}, {"spec", {{"images", "a=x"}}}}, policy);
  ASSERT_TRUE(plain.settings);
  EXPECT_THAT(plain.settings->discovery.kinds, IsEmpty());
}

TEST(Policy, OnlyTheResourceThatTheOperatorNamesMayOpenNodes) {
  const auto answer_of = [](const std::string& named) {
    const auto reading = read_custom_resource(
        {{"metadata", {{"name", "puller"}, {"namespace", "images"}}},
         {"spec", {{"images", "a=x"}, {"nodeGateTaint", "mine/not-warm:NoSchedule"}}}},
        Policy{.node_gate_resource = named});
    if (reading.settings) return std::string("taken");
    return reading.problems.back().setting + ": " + reading.problems.back().message;
  };
  EXPECT_EQ(answer_of("images/puller"), "taken");
  EXPECT_EQ(answer_of(""),
            "spec.nodeGateTaint: \"mine/not-warm:NoSchedule\" would open nodes for all; expected "
            "none, as the operator's NODE_GATE_RESOURCE is not set");
  EXPECT_THAT(answer_of("images/other"), HasSubstr("names another resource"));
  EXPECT_THAT(answer_of("other/puller"), HasSubstr("names another resource"));
}

TEST(Policy, IsReadFromTheOperatorsEnvironment) {
  const auto policy = policy_of({{"DISCOVER_ALLOWED_NAMESPACES", " shop\npay "},
                                 {"DISCOVER_KINDS", "a.b/v1/cs:.spec"},
                                 {"MAX_RESOURCES_WITH_SOURCES", "3"},
                                 {"NODE_GATE_RESOURCE", "images/puller"}});
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_FALSE(policy->all_namespaces);
  EXPECT_THAT(policy->namespaces, ElementsAre("pay", "shop"));
  EXPECT_EQ(policy->kinds.size(), 1U);
  EXPECT_EQ(policy->most_resources, 3U);
  EXPECT_EQ(policy->node_gate_resource, "images/puller");
  EXPECT_TRUE(policy_of({{"DISCOVER_ALLOWED_NAMESPACES", "*"}})->all_namespaces);
  const auto unset = policy_of({});
  ASSERT_TRUE(unset);
  EXPECT_FALSE(unset->all_namespaces);
  EXPECT_THAT(unset->namespaces, IsEmpty());
}

TEST(Policy, AnOptionThatIsWrongIsNamed) {
  for (const auto& [name, value] : Environment{{"DISCOVER_ALLOWED_NAMESPACES", "good Bad"},
                                               {"DISCOVER_KINDS", "cs"},
                                               {"MAX_RESOURCES_WITH_SOURCES", "-1"},
                                               {"NODE_GATE_RESOURCE", "puller"}}) {
    const auto policy = policy_of({{name, value}});
    ASSERT_FALSE(policy) << name;
    EXPECT_THAT(policy.error().message, StartsWith(name + ": "));
  }
}

}  // namespace
}  // namespace kip::operators
