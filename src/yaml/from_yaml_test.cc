#include "yaml/from_yaml.h"

#include <gmock/gmock.h>

namespace kip {
namespace {

using ::testing::HasSubstr;

TEST(FromYaml, YamlAndJsonReadAlike) {
  const json expected = {{"a", {1, "x", {{"b", nullptr}}}}, {"c", true}};
  EXPECT_EQ(*from_yaml("a:\n- 1\n- x\n- b: ~\nc: true\n"), expected);
  EXPECT_EQ(*from_yaml("{\n\t\"a\": [1, \"x\", {\"b\": null}],\n\t\"c\": true\n}\n"), expected);
  EXPECT_EQ(*from_yaml("---\na: [1, x, {b: null}]\nc: True\n---\n"), expected);
  EXPECT_EQ(*from_yaml("\xef\xbb\xbf"
                       "a: &l [1, x, {b: }]\r\nc: TRUE\r\n"),
            expected);
  EXPECT_EQ(*from_yaml("a: &l [1]\nb: *l\n"), (json{{"a", {1}}, {"b", {1}}}));
  EXPECT_EQ(*from_yaml(R"({"a": "\ud83d\ude00"})"), (json{{"a", "😀"}}));
}

TEST(FromYaml, ScalarsHaveTheTypesOfTheCoreSchema) {
  const struct {
    const char* text;
    json value;
  } cases[] = {
      {"1", 1},
      {"-7", -7},
      {"+3", 3},
      {"0x1F", 31},
      {"0o17", 15},
      {"1.5", 1.5},
      {".5", .5},
      {"-1e3", -1000.0},
      {"\"1\"", "1"},
      {"'true'", "true"},
      {"yes", "yes"},
      {"on", "on"},
      {"n", "n"},
      {"1m", "1m"},
      {"12h30m", "12h30m"},
      {"0x-5", "0x-5"},
      {"1.2.3", "1.2.3"},
      {".inf", ".inf"},
      {"+-1", "+-1"},
      {"infinity", "infinity"},
      {"nan", "nan"},
      {"--v=3", "--v=3"},
      {"!!str 5", "5"},
      {"~", nullptr},
      {"\"\"", ""},
      {"1e999", "1e999"},
      {"99999999999999999999", 1e20},
      {"v1", "v1"},
      {"e", "e"},
      {".", "."},
  };
  for (const auto& each : cases) {
    const auto read = from_yaml("[" + std::string(each.text) + "]");
    ASSERT_TRUE(read) << each.text << ": " << read.error().message;
    EXPECT_EQ(read->at(0), each.value) << each.text;
    EXPECT_EQ(read->at(0).type_name(), std::string(each.value.type_name())) << each.text;
  }
}

TEST(FromYaml, WhatIsWrongIsNamedWithItsLine) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    const std::string before = std::string(", *") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [" + before.substr(2);
    for (int i = 0; i < 8; ++i) bomb += before;
    bomb += "]\n";
  }
  std::string keys = "a: &a {" + std::string(1000, 'k') + ": x}\nb: &b [*a";
  for (int i = 0; i < 19; ++i) keys += ", *a";
  keys += "]\nc: &c [*b";
  for (int i = 0; i < 19; ++i) keys += ", *b";
  keys += "]\nd: [*c";
  for (int i = 0; i < 19; ++i) keys += ", *c";
  keys += "]\n";
  const struct {
    std::string text, part;
  } cases[] = {
      {"", "there is nothing in it"},
      {"# nothing\n---\n", "there is nothing in it"},
      {"a: b: c", "line 1: no YAML"},
      {"a: [1,\n", "no YAML"},
      {"x: 1\n\tb: 2\n", "no YAML"},
      {"\x7f"
       "ELF\xff",
       "no text: byte 4"},
      {std::string("a: b\0", 5), "no text: byte 4"},
      {"a: 1\n---\nb: 2\n", "line 3: a second document"},
      {"a: 1\nb: 2\na: 3\n", "line 3: the key \"a\" stands twice"},
      {"{\"a\": 1, \"a\": 2}", "the key \"a\" stands twice"},
      {"[a]: 1\n", "a key is not a text"},
      {"a: &x [*x]\n", "within each other"},
      {std::string(100, '[') + std::string(100, ']'), "more than 64 lists and maps"},
      {std::string(100'000, '['), ""},
      {std::string(100'000, '[') + std::string(100'000, ']'), "line 1: no YAML"},
      {"]", "line 1: no YAML"},
      {"a: 1\n}", "line 2: no YAML"},
      {"a\n---\n, b", "line 3: no YAML"},
      {bomb, "more than 20000 values"},
      {keys, "more than 20000 values"},  // one long key, 8,000 times
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.text.substr(0, 100));
    const auto read = from_yaml(each.text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::permanent);
    EXPECT_THAT(read.error().message, HasSubstr(each.part));
  }
}

TEST(FromYaml, DocumentsOfManifestsAreReadTogetherWithoutEmptyOnes) {
  const auto read = from_yaml_documents("---\n# of a chart\n---\na: 1\n---\n- b\n---\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector<json>{{{"a", 1}}, json::array({"b"})}));
  EXPECT_TRUE(from_yaml_documents("")->empty());
  const auto bad = from_yaml_documents("a: 1\n---\nb: [\n");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("line"), std::string::npos) << bad.error().message;
}

TEST(FromYaml, DocumentsThatAreJsonHaveABoundOfDepthToo) {
  for (const int depth : {100, 1'000, 100'000})
    EXPECT_FALSE(from_yaml_documents(std::string(std::size_t(depth), '[') +
                                     std::string(std::size_t(depth), ']')))
        << depth;
}

TEST(FromYaml, ADocumentOfManyMayBeLarge) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  EXPECT_FALSE(from_yaml(text));
  EXPECT_TRUE(from_yaml_documents("a: 1\n---\n" + text));
}

}  // namespace
}  // namespace kip
