#include "types/object.h"

#include <gtest/gtest.h>

namespace kip::object {
namespace {

const json pod = {
    {"metadata",
     {{"name", "p"},
      {"namespace", "n"},
      {"uid", "u"},
      {"ownerReferences", json::array({{{"kind", "Node"}, {"name", "a"}, {"uid", "1"}},
                                       {{"kind", "Job"}, {"name", "b"}, {"uid", "2"}},
                                       "garbage"})}}}};

TEST(Object, SaysWhatItIs) {
  EXPECT_EQ(key(pod), "n/p");
  EXPECT_EQ(key({{"metadata", {{"name", "node-1"}}}}), "node-1");
  EXPECT_EQ(uid(pod), "u");
  EXPECT_FALSE(is_deleting(pod));
  EXPECT_TRUE(is_deleting({{"metadata", {{"deletionTimestamp", "2026-01-31T12:00:00Z"}}}}));
}

TEST(Object, OwnersAreFoundByUidAndByKind) {
  EXPECT_TRUE(is_owned_by(pod, "2"));
  EXPECT_FALSE(is_owned_by(pod, "3"));
  EXPECT_EQ(owner_of_kind(pod, "Job"), "b");
  EXPECT_EQ(owner_of_kind(pod, "DaemonSet"), "");
}

TEST(Object, WhatIsNoObjectReadsAsEmpty) {
  for (const json& odd : {json(), json(1), json::array({1}), json{{"metadata", "x"}}}) {
    EXPECT_EQ(key(odd), "");
    EXPECT_FALSE(is_deleting(odd));
    EXPECT_TRUE(owners(odd).empty());
  }
}

}  // namespace
}  // namespace kip::object
