#include "registry/keyring.h"

#include <gmock/gmock.h>

namespace kip::registry {
namespace {

using ::testing::ElementsAre;

// A keyring in which the credentials for each key have it as their name.
Keyring with(const std::vector<std::string>& keys) {
  DockerConfig config;
  for (const auto& key : keys) config.entries.push_back({key, {.username = key, .origin = "s"}});
  Keyring keyring;
  keyring.add(config);
  return keyring;
}

std::vector<std::string> found(const std::vector<std::string>& keys, std::string_view image) {
  std::vector<std::string> names;
  for (const auto& each : with(keys).matching(*types::parse_image_reference(image)))
    names.push_back(each.username);
  return names;
}

TEST(Keyring, OneKeyMatchesOneImageOrNot) {
  struct Row {
    std::string key, image;
    bool matches;
  };
  const Row rows[] = {
      {"quay.io", "quay.io/a/b", true},
      {"https://quay.io", "quay.io/a/b", true},
      {"http://quay.io/", "quay.io/a/b", true},
      {"https://quay.io/v1/", "quay.io/a/b", true},
      {"quay.io/v2/", "quay.io/a/b", true},
      {"quay.io/v2/a", "quay.io/a/b", true},
      {"quay.io/a", "quay.io/a/b", true},
      {"quay.io/a/b", "quay.io/a/b:tag", true},
      {"quay.io/a", "quay.io/ab/c", true},  // how a path begins, also within a part of it
      {"quay.io/b", "quay.io/a/b", false},
      {"quay.io/a/b/c", "quay.io/a/b", false},
      {"quay.io:443", "quay.io/a/b", false},
      {"quay.io", "quay.io:443/a/b", false},
      {"quay.io:443/a", "quay.io:443/a/b", true},
      {"*.quay.io", "x.quay.io/a", true},
      {"*.quay.io", "quay.io/a", false},
      {"*.quay.io", "x.y.quay.io/a", false},
      {"*.*.quay.io", "x.y.quay.io/a", true},
      {"*.io", "quay.io/a", true},
      {"q*y.io", "quay.io/a", true},
      {"qu*z.io", "quay.io/a", false},
      {"*", "localhost/a", true},
      {"*", "quay.io/a", false},
      {"*:5000", "localhost:5000/a", true},
      {"*.dkr.ecr.*.amazonaws.com", "1.dkr.ecr.eu-west-1.amazonaws.com/a", true},
      {"[::1]:5000", "[::1]:5000/a", true},
      {"[::1]", "[::1]/a", true},
      {"user:pw@quay.io", "quay.io/a", true},
      {"", "quay.io/a", false},
      {"https://index.docker.io/v1/", "busybox", true},
      {"index.docker.io", "docker.io/a/b", true},
      {"docker.io", "a/b", true},
      {"docker.io/library", "busybox", true},
      {"registry-1.docker.io", "busybox", false},
      {"index.docker.io", "quay.io/a", false},
      {"index.docker.io/a", "docker.io/a/b", false},
  };
  for (const auto& [key, image, matches] : rows)
    EXPECT_EQ(!found({key}, image).empty(), matches) << key << " for " << image;
}

TEST(Keyring, TheMostSpecificComesFirstAndAllThatMatchAreThere) {
  EXPECT_THAT(found({"quay.io", "*.io", "quay.io/a/b", "quay.io/x", "quay.io/a"}, "quay.io/a/b:1"),
              ElementsAre("quay.io/a/b", "quay.io/a", "quay.io", "*.io"));
}

TEST(Keyring, DockerHubsKeyIsForItsImagesWhereNoOtherMatches) {
  EXPECT_THAT(found({"index.docker.io", "docker.io"}, "busybox"), ElementsAre("docker.io"));
}

TEST(Keyring, TheSameCredentialsAreTriedOnce) {
  Keyring keyring;
  const Credentials same{.username = "me", .password = "x", .origin = "s"};
  Credentials elsewhere = same;
  elsewhere.origin = "other";
  keyring.add({{{"quay.io", same}, {"quay.io/a", elsewhere}}, {}});
  EXPECT_EQ(keyring.matching(*types::parse_image_reference("quay.io/a")).size(), 1U);
}

TEST(Keyring, OfTwoSecretsWithTheSameKeyTheFirstComesFirst) {
  Keyring keyring;
  keyring.add({{{"quay.io", {.username = "first", .origin = "a"}}}, {}});
  keyring.add({{{"https://quay.io", {.username = "second", .origin = "b"}}}, {}});
  const auto all = keyring.matching(*types::parse_image_reference("quay.io/a"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].username, "first");
  EXPECT_EQ(all[1].username, "second");
}

}  // namespace
}  // namespace kip::registry
