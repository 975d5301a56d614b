#include "base/json.h"

#include <gtest/gtest.h>

namespace kip {
namespace {

TEST(Json, AMissingOrMistypedMemberReadsAsEmpty) {
  const json object = json::parse(R"({"a":{"b":"x","n":3,"l":[1]},"s":"text"})");
  EXPECT_EQ(string_at(object, "/a/b"), "x");
  EXPECT_EQ(string_at(object, "/a/n"), "");
  EXPECT_EQ(string_at(object, "/a/b/c"), "");
  EXPECT_EQ(int_at(object, "/a/n"), 3);
  EXPECT_EQ(int_at(object, "/s"), 0);
  EXPECT_TRUE(has(object, "/a/l"));
  EXPECT_FALSE(has(object, "/a/zz"));
  EXPECT_EQ(array_at(object, "/a/l").size(), 1U);
  EXPECT_TRUE(array_at(object, "/s").empty());
  EXPECT_TRUE(object_at(object, "/zz").empty());
  EXPECT_EQ(at(object, ""), object);
}

TEST(Json, BytesThatAreNoUtf8DoNotStopTheText) {
  EXPECT_EQ(to_text(json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace kip
