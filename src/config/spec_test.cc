#include "config/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kip::config {
namespace {

using ::testing::HasSubstr;

std::string first_problem(const json& spec) {
  const auto reading = read_spec(spec, "images");
  if (reading.problems.empty()) return "none";
  return reading.problems.front().setting + ": " + reading.problems.front().message;
}

TEST(Spec, AnEntryOfTheImageListIsNamedByItsNumberAlone) {
  const json list = {{{"name", "a"}, {"image", "x"}}, {{"name", "B"}, {"image", "x"}}};
  EXPECT_THAT(first_problem({{"imageList", list}}),
              ::testing::StartsWith("spec.imageList: entry 2: the name \"B\" is not a DNS label"));
  const auto reading = read_spec({{"imageList", list}}, "images");
  ASSERT_TRUE(reading.settings);
  EXPECT_EQ(reading.settings->images.size(), 1U);
  EXPECT_EQ(reading.problems.front().severity, Problem::Severity::left_out);
}

TEST(Spec, ASeparatorInAStructuredFieldSeparatesNothing) {
  EXPECT_THAT(first_problem({{"imageList", {{{"name", "a"}, {"image", "x;b=y"}}}}}),
              HasSubstr("\"x;b=y\" is not an image reference"));
  EXPECT_THAT(first_problem({{"images", "a=x"}, {"pullSecrets", {"a;b"}}}),
              HasSubstr("spec.pullSecrets: entry 1: \"a;b\" is not a DNS subdomain"));
}

TEST(Spec, DiscoveryHasFieldsAndItsListsAreLists) {
  const auto reading = read_spec({{"discoverNamespaces", {"shop", "pay"}},
                                  {"discoverIgnoreNamespaces", {"kube-system"}},
                                  {"discoverSelector", "app=web"},
                                  {"discoverInclude", {"prefix:quay.io/", "nginx"}},
                                  {"discoverExclude", {"contains:debug"}},
                                  {"discoverRule", "kind == \"Deployment\""},
                                  {"discoverForgetAfter", "2d"},
                                  {"discoverMaxImages", 7},
                                  {"discoverGather", "5s"},
                                  {"discoverPlacement", "matching"},
                                  {"releaseGate", true}},
                                 "images");
  ASSERT_TRUE(reading.settings) << reading.problems.front().message;
  EXPECT_TRUE(reading.problems.empty());
  const Discovery& found = reading.settings->discovery;
  EXPECT_EQ(found.namespaces, (std::vector<std::string>{"pay", "shop"}));
  EXPECT_EQ(found.ignored_namespaces, std::vector<std::string>{"kube-system"});
  EXPECT_EQ(found.label_selector, "app=web");
  EXPECT_EQ(found.include, *filter::ImagePatterns::parse("prefix:quay.io/ nginx"));
  EXPECT_EQ(found.exclude, *filter::ImagePatterns::parse("contains:debug"));
  EXPECT_TRUE(found.rule);
  EXPECT_EQ(found.forget_after, std::chrono::hours(48));
  EXPECT_EQ(found.max_images, 7U);
  EXPECT_EQ(found.gather, std::chrono::seconds(5));
  EXPECT_EQ(found.placement, DiscoverPlacement::matching);
  EXPECT_TRUE(reading.settings->release_gate);
  EXPECT_TRUE(reading.settings->images.empty()) << "which are then not needed";
}

TEST(Spec, AnEntryOfADiscoveryListIsOneWordAndIsNamedByItsNumber) {
  for (const json& bad : {json("b c"), json(""), json("\t"), json(7), json({"b"})})
    for (const char* field :
         {"discoverNamespaces", "discoverIgnoreNamespaces", "discoverInclude", "discoverExclude"}) {
      json spec = {{"images", "a=x"}, {"discoverNamespaces", {"a", "images"}}};
      spec[field] = {"a", bad};
      EXPECT_THAT(first_problem(spec),
                  ::testing::StartsWith("spec." + std::string(field) + ": entry 2: "))
          << bad;
    }
  EXPECT_THAT(first_problem({{"images", "a=x"}, {"discoverNamespaces", "a"}}),
              HasSubstr("spec.discoverNamespaces: \"\\\"a\\\"\"; expected a list"));
  EXPECT_EQ(first_problem({{"images", "a=x"}, {"discoverNamespaces", json::array()}}), "none");
  EXPECT_THAT(first_problem({{"discoverNamespaces", {"images"}}, {"releaseGate", "yes"}}),
              HasSubstr("spec.releaseGate: \"yes\" is not known"));
}

TEST(Spec, TheNodeGateHasFields) {
  const auto reading = read_spec({{"images", "a=x;b=y"},
                                  {"nodeGateTaint", "mine/not-warm:NoSchedule"},
                                  {"nodeGateImages", {"a", "registry.test/y:1"}},
                                  {"nodeGateDeadline", "90s"}},
                                 "images");
  ASSERT_TRUE(reading.settings) << reading.problems.front().message;
  const NodeGate& gate = reading.settings->node_gate;
  EXPECT_EQ(gate.taint->text(), "mine/not-warm:NoSchedule");
  EXPECT_EQ(gate.images, (std::vector<std::string>{"a", "registry.test/y:1"}));
  EXPECT_EQ(gate.deadline, std::chrono::seconds(90));
  EXPECT_THAT(first_problem({{"images", "a=x"}, {"nodeGateImages", {"a", "b;c"}}}),
              ::testing::StartsWith("spec.nodeGateImages: entry 2: \"b;c\" is neither"));
  EXPECT_THAT(first_problem({{"images", "a=x"}, {"nodeGateImages", "a"}}),
              HasSubstr("expected a list"));
}

TEST(Spec, DepthIsLimitedWhereThereIsStructure) {
  json deep = json::object();
  for (int i = 0; i < 64; ++i) deep = {{"a", std::move(deep)}};
  EXPECT_EQ(first_problem({{"images", "a=x"}, {"affinityObject", deep}}),
            "spec.affinityObject: more than 64 arrays and objects within each other; expected "
            "fewer");
  EXPECT_EQ(first_problem({{"images", "a=x"}, {"affinityObject", deep["a"]}}), "none");
}

TEST(Spec, WhatHasNoFieldHasItsDefault) {
  const auto reading = read_spec({{"images", "a=x"}, {"logLevel", "debug"}}, "images");
  ASSERT_TRUE(reading.settings);
  EXPECT_EQ(reading.settings->log_level, LogLevel::info);
  EXPECT_EQ(reading.settings->daemonset_annotations, json::object());
  EXPECT_EQ(reading.settings->namespace_name, "images");
}

}  // namespace
}  // namespace kip::config
