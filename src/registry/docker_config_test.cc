#include "registry/docker_config.h"

#include <gmock/gmock.h>

#include "base/base64.h"

namespace kip::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

DockerConfig parse(std::string_view text, SecretKind kind = SecretKind::dockerconfigjson) {
  return parse_docker_config(text, kind, "secret \"ns/pull\"");
}

TEST(DockerConfig, BothTypesOfSecretsAreKnownAndNoOther) {
  EXPECT_EQ(secret_kind("kubernetes.io/dockerconfigjson"), SecretKind::dockerconfigjson);
  EXPECT_EQ(secret_kind("kubernetes.io/dockercfg"), SecretKind::dockercfg);
  EXPECT_FALSE(secret_kind("Opaque"));
  EXPECT_EQ(data_key(SecretKind::dockerconfigjson), ".dockerconfigjson");
  EXPECT_EQ(data_key(SecretKind::dockercfg), ".dockercfg");
}

TEST(DockerConfig, NameAndPasswordAreReadFromEitherPlace) {
  const auto entry = [](const std::string& inner) {
    const auto read = parse("{\"auths\":{\"quay.io\":" + inner + "}}");
    EXPECT_THAT(read.problems, ElementsAre());
    return read.entries.at(0).credentials;
  };
  const Credentials expected{"me", "p:w", "", "", "secret \"ns/pull\""};
  EXPECT_EQ(entry(R"({"username":"me","password":"p:w","email":"x"})"), expected);
  EXPECT_EQ(entry(R"({"auth":")" + to_base64("me:p:w") + R"("})"), expected);
  EXPECT_EQ(entry(R"({"auth":"bWU6cDp3"})"), expected);
  EXPECT_EQ(entry(R"({"auth":"bWU6cDp3","username":"other","password":"other"})"), expected);
  EXPECT_EQ(entry(R"({"auth":"bTpw"})").password, "p");
  EXPECT_EQ(entry(R"({"auth":"bTpwdw=="})").password, "pw");
  EXPECT_EQ(entry(R"({"auth":"bTpwdw"})").password, "pw");
}

TEST(DockerConfig, TokensAreRead) {
  const auto read = parse(
      R"({"auths":{"a.azurecr.io":{"auth":"PHRva2VuPjo=","identitytoken":"refresh"},
                   "b.test":{"registrytoken":"bearer"}}})");
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_EQ(read.entries[0].credentials.identity_token, "refresh");
  EXPECT_EQ(read.entries[0].credentials.username, "<token>");
  EXPECT_EQ(read.entries[1].credentials.registry_token, "bearer");
}

TEST(DockerConfig, TheOldTypeHasNoAuthsAroundIt) {
  const auto read = parse(R"({"quay.io":{"auth":"bTpw"}})", SecretKind::dockercfg);
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].key, "quay.io");
  EXPECT_THAT(parse(R"({"quay.io":{"auth":"bTpw"}})").problems,
              ElementsAre("secret \"ns/pull\": its .dockerconfigjson has no object \"auths\""));
}

TEST(DockerConfig, ABrokenEntryIsSaidAndTheOthersAreTaken) {
  const auto read = parse(
      R"({"auths":{"a":{"auth":"s3cret!"},"b":{"auth":"czNjcmV0"},"c":{},"d":"s3cret",
          "e":{"password":["s3cret"]},"f":{"registrytoken":"s3cret\r\nX: y"},
          "s3cret@g":{"auth":1},"ok":{"auth":"bTpw"}}})");
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].key, "ok");
  EXPECT_THAT(
      read.problems,
      ElementsAre(HasSubstr("the entry \"a\" has an \"auth\" that is not base64"),
                  HasSubstr("the entry \"b\" has an \"auth\" that is not base64 of username"),
                  HasSubstr("the entry \"c\" has neither"), HasSubstr("\"d\" is not an object"),
                  HasSubstr("the entry \"e\" \"password\" in it is not a text"),
                  HasSubstr("characters that no header"), HasSubstr("the entry \"g\"")));
  for (const auto& problem : read.problems) EXPECT_THAT(problem, Not(HasSubstr("s3cret")));
}

TEST(DockerConfig, WhatIsNoJsonIsSaidWithoutShowingIt) {
  EXPECT_THAT(parse("{s3cret").problems,
              ElementsAre("secret \"ns/pull\": its .dockerconfigjson is no JSON"));
  EXPECT_THAT(parse("[]", SecretKind::dockercfg).problems,
              ElementsAre("secret \"ns/pull\": its .dockercfg is no object of JSON"));
}

}  // namespace
}  // namespace kip::registry
