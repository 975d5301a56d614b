#include "base/go_flags.h"

#include <gmock/gmock.h>

namespace kip {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Arguments parse(const std::vector<std::string>& arguments) {
  return parse_go_flags(arguments, [](std::string_view name) -> std::optional<FlagKind> {
    if (name == "text") return FlagKind::text;
    if (name == "toggle") return FlagKind::toggle;
    return std::nullopt;
  });
}

std::vector<std::string> values(const Arguments& found) {
  std::vector<std::string> out;
  for (const auto& flag : found.flags) out.push_back(flag.name + "=" + flag.value);
  return out;
}

TEST(GoFlags, OneDashOrTwoWithTheValueBehindItOrInTheNextArgument) {
  for (const auto& form : std::vector<std::vector<std::string>>{
           {"-text", "v", "n"}, {"--text", "v", "n"}, {"-text=v", "n"}, {"--text=v", "n"}}) {
    const auto found = parse(form);
    EXPECT_THAT(values(found), ElementsAre("text=v")) << form[0];
    EXPECT_THAT(found.positionals, ElementsAre("n")) << form[0];
    EXPECT_THAT(found.problems, IsEmpty()) << form[0];
  }
}

TEST(GoFlags, AToggleTakesAValueOnlyBehindAnEqualsSign) {
  const auto found = parse({"--toggle", "--toggle=false", "--toggle", "true"});
  EXPECT_THAT(values(found), ElementsAre("toggle=true", "toggle=false", "toggle=true"));
  EXPECT_THAT(found.positionals, ElementsAre("true"));
}

TEST(GoFlags, TheFirstArgumentThatIsNoFlagEndsThem) {
  EXPECT_THAT(parse({"n", "--text", "v"}).positionals, ElementsAre("n", "--text", "v"));
  EXPECT_THAT(parse({"--toggle", "--", "--text"}).positionals, ElementsAre("--text"));
  EXPECT_THAT(parse({"-", "x"}).positionals, ElementsAre("-", "x"));
  EXPECT_THAT(parse({"", "x"}).positionals, ElementsAre("", "x"));
}

TEST(GoFlags, AValueMayBeginWithADashBeEmptyOrHoldEqualsSigns) {
  EXPECT_THAT(values(parse({"--text", "--toggle", "n"})), ElementsAre("text=--toggle"));
  EXPECT_THAT(values(parse({"--text=", "n"})), ElementsAre("text="));
  EXPECT_THAT(values(parse({"--text", "", "n"})), ElementsAre("text="));
  EXPECT_THAT(values(parse({"--text=a=b", "n"})), ElementsAre("text=a=b"));
}

TEST(GoFlags, EveryProblemIsTold) {
  const auto found = parse({"---x", "-=v", "--what=1", "--toggle", "--text"});
  EXPECT_THAT(found.problems, ElementsAre("\"---x\" is no flag; expected -NAME or --NAME",
                                          "\"-=v\" is no flag; expected -NAME or --NAME",
                                          "\"--what=1\" is an unknown flag",
                                          "--text: nothing stands behind it; expected a value"));
  EXPECT_TRUE(found.knows_positionals);
}

TEST(GoFlags, WhatStandsBehindAnUnknownFlagMayBeItsValue) {
  const auto found = parse({"--what", "v", "--text=a", "n"});
  EXPECT_THAT(found.problems, ElementsAre("\"--what\" is an unknown flag"));
  EXPECT_THAT(values(found), ElementsAre("text=a"));
  EXPECT_FALSE(found.knows_positionals);
}

TEST(GoFlags, HelpIsAskedForInTwoWays) {
  EXPECT_TRUE(parse({"-h"}).wants_help);
  EXPECT_TRUE(parse({"--toggle", "--help", "n"}).wants_help);
  EXPECT_FALSE(parse({"n", "--help"}).wants_help);
}

TEST(GoFlags, ABooleanHasGosSpellings) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    EXPECT_TRUE(parse_go_bool(yes).value()) << yes;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    EXPECT_FALSE(parse_go_bool(no).value()) << no;
  for (const char* neither : {"", "yes", "tRUE", "2"})
    EXPECT_FALSE(parse_go_bool(neither).ok()) << neither;
}

}  // namespace
}  // namespace kip
