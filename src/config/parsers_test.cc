// The small parsers: names, hours, lists, IMAGES and JSON.
#include <gtest/gtest.h>

#include "base/json.h"
#include "config/hours.h"
#include "config/images.h"
#include "config/json_value.h"
#include "config/lists.h"
#include "types/dns_name.h"

namespace kip::config {
namespace {

using namespace std::chrono_literals;

TEST(DnsName, LabelsAndSubdomainsFollowKubernetes) {
  const std::string long_label(63, 'a');
  for (const auto& good : {std::string("a"), std::string("0"), std::string("a-1"), long_label})
    EXPECT_TRUE(types::check_dns_label(good).ok()) << good;
  for (const auto& bad :
       {std::string(), std::string("-a"), std::string("a-"), std::string("A"), std::string("a.b"),
        std::string("a_b"), std::string("é"), std::string("a b"), long_label + "a"})
    EXPECT_FALSE(types::check_dns_label(bad).ok()) << bad;
  for (const auto* good : {"a", "a.b", "a-b.c-d", "1.2.3.4"})
    EXPECT_TRUE(types::check_dns_subdomain(good).ok()) << good;
  for (const auto* bad : {"", ".", ".a", "a.", "a..b", "a-.b", "a.-b", "A.b", "a/b"})
    EXPECT_FALSE(types::check_dns_subdomain(bad).ok()) << bad;
  EXPECT_TRUE(types::check_dns_subdomain(std::string(253, 'a')).ok());
  EXPECT_FALSE(types::check_dns_subdomain(std::string(254, 'a')).ok());
}

TEST(DnsName, KeysAndValuesOfLabelsFollowKubernetes) {
  for (const auto* good : {"a", "A_b.c-d", "example.com/Role", "node-role.kubernetes.io/worker"})
    EXPECT_TRUE(types::check_qualified_name(good).ok()) << good;
  for (const auto* bad : {"", "/a", "a/", "a/b/c", "-a", "a_", "Ex.com/a", "a b", "a=b"})
    EXPECT_FALSE(types::check_qualified_name(bad).ok()) << bad;
  EXPECT_TRUE(types::check_label_value("").ok());
  EXPECT_TRUE(types::check_label_value("1.2_3-X").ok());
  EXPECT_FALSE(types::check_label_value(std::string(64, 'a')).ok());
}

TEST(DnsName, AMessageNamesTheByteAndItsPlace) {
  EXPECT_EQ(types::check_dns_label("my_app").error().message,
            "\"my_app\" is not a DNS label: \"_\" stands at byte 3; expected lower-case letters, "
            "digits and \"-\" between them");
}

TEST(Hours, WholeAndDecimalNumbersAreTaken) {
  EXPECT_EQ(*parse_hours("1"), Duration(1h));
  EXPECT_EQ(*parse_hours("0.5"), Duration(30min));
  EXPECT_EQ(*parse_hours(".25"), Duration(15min));
  EXPECT_EQ(*parse_hours("+2."), Duration(2h));
  EXPECT_EQ(*parse_hours("0.002"), Duration(7200));
  EXPECT_EQ(*parse_hours("0.333333333333333333333333"), Duration(20min));
  EXPECT_EQ(*parse_hours("87600"), Duration(87600h));
}

TEST(Hours, EverythingElseIsRefused) {
  for (const auto* bad : {"", "0", "0.0", "-1", "-", ".", "+", "1h", "1e3", "inf", "nan", "1,5",
                          "1 2", "87601", "99999999999999999999999", "0.0000001", "0x1", "1..2"})
    EXPECT_FALSE(parse_hours(bad).ok()) << bad;
}

TEST(Lists, SecretNamesLoseSpacesEmptyEntriesAndRepetitions) {
  EXPECT_EQ(*parse_secret_names(" a;b ;\n;a; "), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(parse_secret_names("")->empty());
  EXPECT_EQ(parse_secret_names("a,b").error().message.substr(0, 9), "entry 1: ");
}

TEST(Lists, ACommandIsAnArrayOfStrings) {
  EXPECT_EQ(*parse_command(R"(["/bin/cp", ""])"), (std::vector<std::string>{"/bin/cp", ""}));
  for (const auto* bad : {"[]", "[1]", "{}", "\"cp\"", "cp a b", "[\"\"]", "[\"a\",null]"})
    EXPECT_FALSE(parse_command(bad).ok()) << bad;
}

TEST(Lists, ANumberOfNodesIsPositiveOrAPercentage) {
  EXPECT_EQ(*parse_node_count("050"), "50");
  EXPECT_EQ(*parse_node_count("100%"), "100%");
  EXPECT_EQ(*parse_node_count("2147483647"), "2147483647");
  for (const auto* bad : {"", "0", "-1", "+1", "0%", "101%", "%", "1%%", "1.5", "2147483648", "x"})
    EXPECT_FALSE(parse_node_count(bad).ok()) << bad;
}

TEST(Images, GoodEntriesKeepTheirOrder) {
  const auto list = parse_images("\n  b=x/y:1;\n a = z ;\n");
  EXPECT_EQ(list.images, (std::vector<CachedImage>{{"b", "x/y:1"}, {"a", "z"}}));
  EXPECT_TRUE(list.problems.empty());
}

TEST(Images, BadEntriesAreNamedWithTheirPlace) {
  const auto list = parse_images("a=x; nope;;=y;z=;A=x;a=y;b=Q/;copy-sleep=x;ok=y");
  EXPECT_EQ(list.images, (std::vector<CachedImage>{{"a", "x"}, {"ok", "y"}}));
  ASSERT_EQ(list.problems.size(), 8U);
  EXPECT_EQ(list.problems[0], "entry 2 (byte 6): \"nope\" has no \"=\"; expected name=image");
  EXPECT_EQ(list.problems[1], "entry 3 (byte 11): it is empty; expected name=image");
  EXPECT_EQ(list.problems[5],
            "entry 7 (byte 22): the name \"a\" occurs before; expected each name once");
}

TEST(Images, AMegabyteOfGarbageGivesAShortReport) {
  const auto list = parse_images(std::string(1 << 20, ';') + "a=x");
  EXPECT_EQ(list.images.size(), 1U);
  ASSERT_EQ(list.problems.size(), max_listed_problems);
  EXPECT_EQ(list.problems.back(), "1048557 more bad entries");
}

TEST(Json, GoodTextsGiveWhatNlohmannGives) {
  for (const auto* text :
       {"{}", " [ ] ", "null", "true", "-0", "0.5e-3", "1E+2", "18446744073709551615",
        "-9223372036854775808", "18446744073709551616", R"("a\"\\\/\b\f\n\r\tü\u00e9\ud83d\ude00")",
        R"({"a":[1,{"b":null}],"":""})", "[[[[[[[[[[1]]]]]]]]]]"})
    EXPECT_EQ(*parse_json_text(text), json::parse(text)) << text;
}

TEST(Json, AMistakeIsNamedWithLineAndColumn) {
  const auto message = [](std::string_view text) { return parse_json_text(text).error().message; };
  EXPECT_EQ(message("{\n \"a\": tru}"), "line 2, column 7: found \"tru}\", expected a JSON value");
  EXPECT_EQ(message("{'a':1}"),
            "line 1, column 2: found \"'a':1}\", expected a key in double quotes");
  EXPECT_EQ(message("{\"a\" 1}"), "line 1, column 6: found \"1}\", expected \":\" after a key");
  EXPECT_EQ(message("[1,]"), "line 1, column 4: found \"]\", expected a JSON value");
  EXPECT_EQ(message("[1"), "line 1, column 3: found the end of the text, expected \",\" or \"]\"");
  EXPECT_EQ(message("[\"x"), "line 1, column 2: a string begins here and has no end; expected \"");
  EXPECT_EQ(message("{\"a\":1,\n\"a\":2}"),
            "line 2, column 1: the key \"a\" occurs twice; expected it once");
  EXPECT_EQ(message("{} x"), "line 1, column 4: found \"x\", expected the end of the value");
  EXPECT_EQ(message("[01]"), "line 1, column 3: found \"1]\", expected no digit after a leading 0");
  EXPECT_EQ(message("[1.]"),
            "line 1, column 4: found \"]\", expected a digit after the decimal point");
  EXPECT_EQ(message("[1e]"), "line 1, column 4: found \"]\", expected a digit in the exponent");
  EXPECT_EQ(message("[1e999]"),
            "line 1, column 2: a number that is too large; expected a 64-bit one");
  EXPECT_EQ(message("\"\\x\""),
            "line 1, column 3: found \"x\\\"\", expected one of \" \\ / b f n r t u after a "
            "backslash");
  EXPECT_EQ(
      message("\"\\u12\""),
      "line 1, column 6: found \"\\\"\", expected four hexadecimal digits after \\u, and both "
      "halves of a surrogate pair");
  EXPECT_EQ(message("{\"\\\\\\\"\" : 1 , \"\\\\\\\"\":2}"),
            "line 1, column 15: the key \"\\\\\\\"\" occurs twice; expected it once");
  EXPECT_EQ(message("\xEF\xBB\xBF{}"),
            "line 1, column 1: found \"\xEF\xBB\xBF{}\", expected a JSON value");
  for (const auto* bad : {"", "01", "1.", "-", "1e", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
                          "\"\\udc00\"", "1e999", "nul", "[1 2]", "{\"a\"}", "\"\t\""})
    EXPECT_FALSE(parse_json_text(bad).ok()) << bad;
}

TEST(Json, DepthIsLimited) {
  const std::string open(max_json_depth, '['), close(max_json_depth, ']');
  EXPECT_TRUE(parse_json_text(open + close).ok());
  EXPECT_FALSE(parse_json_text("[" + open + close + "]").ok());
  EXPECT_FALSE(parse_json_text(std::string(1 << 20, '[')).ok());
}

}  // namespace
}  // namespace kip::config
