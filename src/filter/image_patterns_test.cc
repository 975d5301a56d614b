#include "filter/image_patterns.h"

#include <gmock/gmock.h>

namespace kip::filter {
namespace {

using ::testing::HasSubstr;

bool match(const std::string& patterns, const std::string& image) {
  const auto parsed = ImagePatterns::parse(patterns);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().message;
    return false;
  }
  return parsed->match(*types::parse_image_reference(image));
}
std::string refusal(const std::string& patterns) {
  const auto parsed = ImagePatterns::parse(patterns);
  return parsed ? "taken" : parsed.error().message;
}

TEST(ImagePatterns, TakeAnImageByItsName) {
  EXPECT_TRUE(match("docker.io/library/nginx:1.27", "nginx:1.27"));
  EXPECT_FALSE(match("nginx:1.27", "nginx:1.28"));
  EXPECT_FALSE(match("nginx:1.27", "quay.io/nginx:1.27"));
  EXPECT_TRUE(match("quay.io/a/b", "quay.io/a/b:any")) << "no tag: the whole repository";
  EXPECT_FALSE(match("quay.io/a/b", "quay.io/a/b2:any"));
}

TEST(ImagePatterns, TakeWhatTheyContainBeginWithOrExpress) {
  EXPECT_TRUE(match("contains:debug", "quay.io/a/b-debug:1"));
  EXPECT_FALSE(match("contains:debug", "quay.io/a/b:1"));
  EXPECT_TRUE(match("prefix:quay.io/team", "quay.io/team-a/x:1"));
  EXPECT_TRUE(match("prefix:docker.io/library/", "busybox")) << "as it is in full";
  EXPECT_FALSE(match("prefix:team", "quay.io/team-a/x:1"));
  EXPECT_TRUE(match("regex:^quay\\.io/.*:v[0-9]+$", "quay.io/x:v12"));
  EXPECT_FALSE(match("regex:^quay\\.io/.*:v[0-9]+$", "quay.io/x:v12-rc"));
}

TEST(ImagePatterns, AreSeparatedByAnyWhiteSpace) {
  EXPECT_TRUE(match("  a:1\n\tprefix:b \r\n", "b:2"));
  EXPECT_TRUE(ImagePatterns::parse(" \n")->is_empty());
  EXPECT_FALSE(match("", "a")) << "none is for nothing";
}

TEST(ImagePatterns, NameTheEntryThatIsBad) {
  EXPECT_THAT(refusal("a:1 regex:[a"), HasSubstr("entry 2: \"[a\" is no regular expression: "));
  EXPECT_THAT(refusal("contains:"), HasSubstr("entry 1: \"contains:\" has nothing behind"));
  EXPECT_THAT(refusal("a b/UPPER"), HasSubstr("entry 2: "));
  EXPECT_THAT(refusal("regex:" + std::string(1001, 'a')), HasSubstr("at most 1000"));
  std::string many;
  for (int i = 0; i < 201; ++i) many += "a" + std::to_string(i) + " ";
  EXPECT_THAT(refusal(many), HasSubstr("more than 200 entries"));
  EXPECT_THAT(refusal("regex:((((a{100}){100}){100}){100})"), HasSubstr("no regular expression"));
}

}  // namespace
}  // namespace kip::filter
