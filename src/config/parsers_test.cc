// The small parsers: hours, lists, IMAGES and JSON.
#include <gtest/gtest.h>

#include "base/json.h"
#include "config/amounts.h"
#include "config/images.h"
#include "config/json_value.h"
#include "config/lists.h"
#include "config/runtime_socket.h"

namespace kip::config {
namespace {

using namespace std::chrono_literals;

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

TEST(RuntimeSocket, IsAPathWhoseFoldersMayHaveTheNodesName) {
  const auto read = [](const char* text) {
    const auto socket = parse_runtime_socket(text);
    return socket ? socket->folder + "|" + socket->sub_folder + "|" + socket->name : "refused";
  };
  EXPECT_EQ(read("/run/containerd/containerd.sock"), "/run/containerd||containerd.sock");
  EXPECT_EQ(read("unix:///run/crio/crio.sock"), "/run/crio||crio.sock");
  EXPECT_EQ(read("/run/cri-dockerd.sock"), "/run||cri-dockerd.sock");
  EXPECT_EQ(read("/run/kip/$(NODE_NAME)/cri/c.sock"), "/run/kip|$(NODE_NAME)/cri|c.sock");
  EXPECT_EQ(read("/run/n-$(NODE_NAME)/c.sock"), "/run|n-$(NODE_NAME)|c.sock");
  for (const char* bad : {"containerd.sock", "./a/b", "/c.sock", "/run/containerd/",
                          "/run/../etc/x", "/run/./x", "/$(NODE_NAME)/c.sock", "/run/$(NODE_NAME)",
                          "/run/$(POD)/c.sock", "/run/a:b/c.sock", "tcp://127.0.0.1:2375", "/"})
    EXPECT_EQ(read(bad), "refused") << bad;
}

TEST(Lists, SecretNamesLoseSpacesEmptyEntriesAndRepetitions) {
  EXPECT_EQ(parse_pull_secrets(" a;b ;\n;a; ")->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(parse_pull_secrets("")->names.empty());
  EXPECT_EQ(pull_secrets_of({" a", "b", "", "a"})->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(pull_secrets_of({"a", 1}).error().message,
            "entry 2 is a number, expected the name of a Secret");
  EXPECT_FALSE(pull_secrets_of({"a;b"}).ok());
  EXPECT_EQ(parse_pull_secrets("a,b").error().message.substr(0, 9), "entry 1: ");
}

std::string written(const PullSecrets& secrets) {
  std::string out;
  for (const auto& name : secrets.names) out += name + ";";
  for (const auto& secret : secrets.scoped) out += secret.images.text() + "=" + secret.name + ";";
  return out;
}

TEST(Lists, ASecretWithAPrefixIsForImagesWhoseNamesBeginSo) {
  EXPECT_EQ(written(*parse_pull_secrets(
                " reg.example:5000/team = a ;b; reg.example:5000/team=a;*.example=a;docker.io=c")),
            "b;reg.example:5000/team=a;*.example=a;docker.io=c;");
  EXPECT_EQ(written(*pull_secrets_of({"quay.io/team=a", "quay.io/team=b"})),
            "quay.io/team=a;quay.io/team=b;");
}

TEST(Lists, ABadEntryOfTheSecretsIsNamedWithItsPlace) {
  struct Row {
    std::string text, message;
  };
  const Row rows[] = {
      {"a;=b", "entry 2: the prefix \"\" is not how an image's name begins: it is empty"},
      {"quay.io=", "entry 1: \"quay.io=\" names no secret"},
      {"a;;https://quay.io=b", "entry 3: the prefix \"https://quay.io\" is not how"},
      {"quay.io=B", "entry 1: \"B\" is not a DNS subdomain"},
      {"quay.io=a=b", "entry 1: \"a=b\" is not a DNS subdomain"},
      {"team=b", "entry 1: the prefix \"team\" is not how"},
  };
  for (const auto& [text, message] : rows) {
    ASSERT_FALSE(parse_pull_secrets(text).ok()) << text;
    EXPECT_EQ(parse_pull_secrets(text).error().message.substr(0, message.size()), message);
  }
}

TEST(Lists, ACommandIsAnArrayOfStrings) {
  EXPECT_EQ(*command_of(json::parse(R"(["/bin/cp", ""])")),
            (std::vector<std::string>{"/bin/cp", ""}));
  for (const auto* bad : {"[]", "[1]", "{}", "\"cp\"", "[\"\"]", "[\"a\",null]"})
    EXPECT_FALSE(command_of(json::parse(bad)).ok()) << bad;
}

std::string written(const ImageList& list) {
  std::string out;
  for (const auto& image : list.images) out += image.name + "=" + image.reference.text + ";";
  return out;
}

TEST(Images, GoodEntriesKeepTheirOrder) {
  const auto list = parse_images("\n  b=x/y:1;\n a = z ;\n");
  EXPECT_EQ(written(list), "b=x/y:1;a=z;");
  EXPECT_TRUE(list.problems.empty());
}

TEST(Images, BadEntriesAreNamedWithTheirPlace) {
  const auto list = parse_images("a=x; nope;;=y;z=;A=x;a=y;b=Q/;copy-sleep=x;ok=y");
  EXPECT_EQ(written(list), "a=x;ok=y;");
  ASSERT_EQ(list.problems.size(), 8U);
  EXPECT_EQ(list.problems[0], "entry 2 (byte 6): \"nope\" has no \"=\"; expected name=image");
  EXPECT_EQ(list.problems[1], "entry 3 (byte 11): it is empty; expected name=image");
  EXPECT_EQ(list.problems[5],
            "entry 7 (byte 22): the name \"a\" occurs before; expected each name once");
}

TEST(Images, EntriesOfAnArrayHaveNoBytes) {
  const auto list = images_of(json::array({{{"name", "a"}, {"image", "x"}},
                                           {{"name", "a"}, {"image", "y"}},
                                           {{"name", "b"}},
                                           "c=z",
                                           {{"name", "ok"}, {"image", "y;z=1"}},
                                           {{"name", "ok"}, {"image", "y"}}}));
  EXPECT_EQ(written(list), "a=x;ok=y;");
  ASSERT_EQ(list.problems.size(), 4U);
  EXPECT_EQ(list.problems[0], "entry 2: the name \"a\" occurs before; expected each name once");
  EXPECT_EQ(list.problems[1],
            "entry 3: \"{\\\"name\\\":\\\"b\\\"}\" has no image; expected an object with name and "
            "image");
  EXPECT_EQ(list.problems[2],
            "entry 4: found \"\\\"c=z\\\"\"; expected an object with name and image");
  EXPECT_EQ(list.problems[3].substr(0, 36), "entry 5: the image \"y;z=1\" is not an");
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
