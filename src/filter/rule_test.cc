#include "filter/rule.h"

#include <fstream>

#include <gmock/gmock.h>

namespace kip::filter {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const types::ImageReference shop = *types::parse_image_reference("quay.io/team/shop:v1.2");
const json labels = {{"app.kubernetes.io/part-of", "shop"}, {"tier", "web"}};

bool holds(const std::string& text, const types::ImageReference& image = shop) {
  const auto rule = Rule::parse(text);
  if (!rule) {
    ADD_FAILURE() << text << ": " << rule.error().message;
    return false;
  }
  return rule->holds_for({"prod", "Deployment", "front", image, labels});
}
std::string refusal(const std::string& text) {
  const auto rule = Rule::parse(text);
  return rule ? "taken" : rule.error().message;
}

TEST(Rule, ComparesEachField) {
  for (const char* text :
       {R"(namespace == "prod")", R"(kind == "Deployment")", R"(name == 'front')",
        R"(image == "quay.io/team/shop:v1.2")", R"(registry == "quay.io")",
        R"(repository == "team/shop")", R"(tag == "v1.2")", R"(labels["tier"] == "web")",
        R"(labels["app.kubernetes.io/part-of"] != "")", R"(labels["missing"] == "")"})
    EXPECT_TRUE(holds(text)) << text;
  EXPECT_FALSE(holds(R"(namespace != "prod")"));
}

TEST(Rule, HasComparisonsForPartsOfTexts) {
  EXPECT_TRUE(holds(R"(image contains "team")"));
  EXPECT_TRUE(holds(R"(tag startsWith "v")"));
  EXPECT_TRUE(holds(R"(repository endsWith "/shop")"));
  EXPECT_TRUE(holds(R"(tag matches "^v[0-9]+\.[0-9]+$")"));
  EXPECT_FALSE(holds(R"(tag matches "^v[0-9]+$")"));
  EXPECT_TRUE(holds(R"(kind in ["Job", "Deployment"])"));
  EXPECT_FALSE(holds(R"(kind in ["Job"])"));
}

TEST(Rule, BindsAndBeforeOr) {
  EXPECT_TRUE(holds(R"(name == "front" || name == "x" && kind == "Job")"));
  EXPECT_FALSE(holds(R"((name == "front" || name == "x") && kind == "Job")"));
  EXPECT_TRUE(holds(R"(!(kind == "Job") && !!(name == "front"))"));
}

TEST(Rule, KnowsTheTagOfAnImageWithoutOne) {
  const auto busybox = *types::parse_image_reference("busybox");
  EXPECT_TRUE(holds(R"(tag == "latest" && registry == "docker.io")", busybox));
  const auto pinned = *types::parse_image_reference("busybox@sha256:" + std::string(64, 'a'));
  EXPECT_TRUE(holds(R"(tag == "")", pinned));
}

TEST(Rule, TakesQuotesAndBackslashesInTexts) {
  const json odd = {{"k", R"(a"b\c'd)"}};
  const auto rule = Rule::parse(R"(labels["k"] == "a\"b\\c'd" && labels['k'] endsWith '\'d')");
  ASSERT_TRUE(rule) << rule.error().message;
  EXPECT_TRUE(rule->holds_for({"", "", "", shop, odd}));
}

TEST(Rule, SaysWhereItIsWrongAndWhatWasExpected) {
  EXPECT_EQ(refusal(R"(names == "x")"),
            R"(at byte 1: found "names"; expected namespace, kind, name, image, registry, )"
            R"(repository, tag, labels["KEY"], ! or ()");
  EXPECT_EQ(refusal(R"(name = "x")"),
            R"(at byte 6: found "= \"x\""; expected a field, a text in quotes, )"
            R"(or one of && || ! ( ) == != [ ] ,)");
  EXPECT_EQ(refusal("name == x"), R"(at byte 9: found "x"; expected a text in quotes)");
  EXPECT_EQ(refusal(R"(name == "x)"),
            R"(at byte 9: found a text without an end; expected a closing ")");
  EXPECT_EQ(refusal(R"((name == "x")"), "at byte 13: found the end; expected )");
  EXPECT_EQ(refusal(R"(name == "x" name == "y")"),
            R"(at byte 13: found "name"; expected &&, || or the end)");
  EXPECT_THAT(refusal(R"(name is "x")"), StartsWith(R"(at byte 6: found "is"; expected ==, !=)"));
  EXPECT_EQ(refusal(R"(kind in ["a" "b"])"), R"(at byte 14: found the text "b"; expected , or ])");
  EXPECT_THAT(refusal(R"(name matches "[a")"), StartsWith("at byte 14: \"[a\" is no regular"));
  EXPECT_THAT(refusal("labels == \"x\""), HasSubstr("expected ["));
  EXPECT_THAT(refusal(""), StartsWith("at byte 1: found the end; expected namespace"));
}

TEST(Rule, EachExampleOfTheDocumentationIsOne) {
  std::ifstream page("docs/discovery.md");
  std::string line;
  while (std::getline(page, line) && line != "<!-- rules: begin -->") continue;
  int examples = 0;
  while (std::getline(page, line) && line != "<!-- rules: end -->") {
    if (line.starts_with("```")) continue;
    const auto rule = Rule::parse(line);
    EXPECT_TRUE(rule) << line << ": " << rule.error().message;
    ++examples;
  }
  EXPECT_GE(examples, 6);
}

TEST(Rule, IsBounded) {
  EXPECT_THAT(refusal(std::string(4097, ' ')), HasSubstr("at most 4096"));
  EXPECT_THAT(refusal(std::string(51, '(')), HasSubstr("at most 50 ( and !"));
  EXPECT_THAT(refusal(std::string(51, '!')), HasSubstr("at most 50 ( and !"));
  std::string chain = R"(name=="x")", regexes = R"(name matches "x")";
  for (int i = 0; i < 300; ++i) chain += R"(||name=="x")";
  EXPECT_FALSE(holds(chain)) << "a long chain is not deep";
  for (int i = 0; i < 20; ++i) regexes += R"(||name matches "x")";
  EXPECT_THAT(refusal(regexes), HasSubstr("at most 20"));
}

}  // namespace
}  // namespace kip::filter
