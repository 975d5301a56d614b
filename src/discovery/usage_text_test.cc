#include "discovery/usage_text.h"

#include <gtest/gtest.h>

namespace kip::discovery {
namespace {

const std::vector<UsedImage> two = {{"quay.io/a/b:1", 12, 3, {{"Deployment", 1}, {"Job", 2}}},
                                    {"c", 0, 0, {}}};

TEST(UsageTable, IsAligned) {
  EXPECT_EQ(usage_table(two),
            "IMAGE           PODS   NODES   WORKLOADS\n"
            "quay.io/a/b:1   12     3       Deployment 1, Job 2\n"
            "c               0      0       -\n");
}

TEST(UsageTable, WhatIsNoImageDrivesNoTerminalAndMakesNoRow) {
  const std::string table = usage_table(
      {{"a/\x1b[31mred\nquay.io/b:1   99", 0, 0, {}}, {std::string(10'000, 'c'), 0, 0, {}}});
  EXPECT_NE(table.find("\"a/\\x1B[31mred\\nquay.io/b:1   99\" "), std::string::npos) << table;
  EXPECT_LT(table.size(), 2'000U);
}

TEST(UsageJson, HasTheSameAsNumbers) {
  EXPECT_EQ(usage_json(two), json::parse(R"({"images": [
      {"image": "quay.io/a/b:1", "pods": 12, "nodes": 3, "workloads": {"Deployment": 1, "Job": 2}},
      {"image": "c", "pods": 0, "nodes": 0, "workloads": {}}]})"));
}

}  // namespace
}  // namespace kip::discovery
