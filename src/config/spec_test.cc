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
