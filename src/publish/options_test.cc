#include "publish/options.h"

#include <gmock/gmock.h>

#include "testing/golden.h"

namespace kip::publish {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(PublishOptions, TheEnvironmentOfKubernetesWarmImagesIsAllThatIsNeeded) {
  const auto reading = read_options({}, {{"APP", "CONTROLLER"},
                                         {"LISTEN_ADDR", "127.0.0.1:8081"},
                                         {"NATS_ADDR", "nats://wi-nats-client:4222"},
                                         {"WATCH_NAMESPACES_FILENAME", "/x/list"}});
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(reading.options.nats.subject, "images");
  EXPECT_EQ(reading.options.namespaces_file, "/x/list");
  EXPECT_EQ(reading.options.ignored_namespaces_file, "/config/ignore.spaces");
  EXPECT_EQ(*reading.options.listen, (http::ListenAddress{"127.0.0.1", 8081}));
}

TEST(PublishOptions, WhatIsWrongIsSaidAtOnce) {
  const auto reading = read_options({"--resend=1s", "--subject=a b", "--listen-address=x"}, {});
  EXPECT_THAT(reading.problems, ElementsAre(HasSubstr("--resend"), HasSubstr("--subject"),
                                            HasSubstr("--listen-address")));
  EXPECT_THAT(read_options({}, {}).problems, ElementsAre(HasSubstr("--configmap")));
  EXPECT_FALSE(read_options({"--listen-address=", "--configmap=c"}, {}).options.listen);
}

class DiscoverySettingsTest : public ::testing::Test {
 protected:
  config::Discovery read(const std::string& list, const std::string& ignore,
                         const Environment& environment = {}) {
    Options options;
    options.namespace_name = "n";
    auto reading = discovery_settings(environment, options, list, ignore, problems_);
    for (const auto& problem : reading.problems)
      problems_.push_back(problem.setting + ": " + problem.message);
    return reading.settings ? reading.settings->discovery : config::Discovery();
  }
  std::vector<std::string> problems_;
};

TEST_F(DiscoverySettingsTest, AnyWhiteSpaceSeparatesAndAStarAmongOthersIsAll) {
  const auto some = read("a\tb \n c\r\n", "");
  EXPECT_THAT(some.namespaces, ElementsAre("a", "b", "c"));
  EXPECT_THAT(some.ignored_namespaces, IsEmpty());
  const auto all = read("a * b", "kube-system  default\n");
  EXPECT_TRUE(all.all_namespaces);
  EXPECT_THAT(all.ignored_namespaces, ElementsAre("default", "kube-system"));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(DiscoverySettingsTest, WhatIsNoNamespaceIsNamedAndLeftOut) {
  const auto read_ones = read("a Bad_Name", "also/bad * b");
  EXPECT_THAT(read_ones.namespaces, ElementsAre("a"));
  EXPECT_THAT(read_ones.ignored_namespaces, ElementsAre("b"));
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("/config/list.spaces: the namespace \"Bad_Name\""),
                                     HasSubstr("/config/ignore.spaces: the namespace \"also/bad\""),
                                     HasSubstr("* is left out")));
}

TEST_F(DiscoverySettingsTest, AnEmptyListFollowsNothing) {
  EXPECT_FALSE(read(" \n", "kube-system").is_on());
}

TEST_F(DiscoverySettingsTest, OthersAreOfTheEnvironmentAndAListOfImagesIsNot) {
  const auto set = read("*", "",
                        {{"DISCOVER_EXCLUDE", "contains:dev"},
                         {"DISCOVER_GATHER", "1s"},
                         {"DISCOVER_NAMESPACES", "other"},
                         {"IMAGES", "images"}});
  EXPECT_FALSE(set.exclude.is_empty());
  EXPECT_EQ(set.gather, 1s);
  EXPECT_EQ(set.max_images, 700U);
  EXPECT_TRUE(set.all_namespaces);
  EXPECT_THAT(problems_, IsEmpty());
}

TEST(PublishFlags, TheTableForTheDocumentation) {
  kip::testing::expect_golden(markdown(), "src/publish/testdata/publish-flags.md");
}

}  // namespace
}  // namespace kip::publish
