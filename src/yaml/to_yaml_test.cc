#include "yaml/to_yaml.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace kip {
namespace {

TEST(Yaml, TextThatLooksLikeSomethingElseIsQuoted) {
  for (const char* text : {"true", "no", "Off", "null", "~", "1", ".2", "1e3", "0x1F", "2026-01-31",
                           "", " a", "a: b", "# x", "a\nb", "{}", "- x", "@x", "y"}) {
    const YAML::Node node = YAML::Load(to_yaml({{"k", text}}));
    EXPECT_EQ(node["k"].Tag(), "!") << text;  // quoted
    EXPECT_EQ(node["k"].as<std::string>(), text);
  }
}

TEST(Yaml, AnObjectIsWrittenInBlocks) {
  const json value = {{"name", "a"},
                      {"list", {1, "x:1"}},
                      {"none", json::array()},
                      {"yes", true},
                      {"o", {{"k", nullptr}}}};
  EXPECT_EQ(to_yaml(value),
            "list:\n  - 1\n  - \"x:1\"\nname: a\nnone: []\no:\n  k: ~\n\"yes\": true\n");
}

}  // namespace
}  // namespace kip
