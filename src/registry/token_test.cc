#include "registry/token.h"

#include <gmock/gmock.h>

namespace kip::registry {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const Target realm{{true, "auth.test", 443, ""}, "/token"};
const TokenKey key{"https://auth.test/token",
                   "registry test",
                   "repository:a/b:pull",
                   {.username = "me", .password = "p:w"}};

TEST(Token, AGetHasServiceAndScopesInItsQueryAndBasicWhereThereAreCredentials) {
  const auto request = get_token(key, realm);
  EXPECT_EQ(request.target.path, "/token?service=registry%20test&scope=repository%3Aa%2Fb%3Apull");
  EXPECT_EQ(request.authorization, "Basic bWU6cDp3");
  EXPECT_EQ(request.request.method, "GET");

  TokenKey other = key;
  other.credentials = {};
  other.scope = "repository:a/b:pull repository:c:pull";
  other.service = "";
  const Target with_query{realm.server, "/token?x=y"};
  EXPECT_EQ(get_token(other, with_query).target.path,
            "/token?x=y&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%3Apull");
  EXPECT_EQ(get_token(other, realm).authorization, "");
  other.scope = "";
  EXPECT_EQ(get_token(other, realm).target.path, "/token");
}

TEST(Token, APostHasTheIdentityTokenInItsFormAndNowhereElse) {
  TokenKey identity = key;
  identity.credentials = {.username = "<token>", .identity_token = "re&fresh"};
  const auto request = post_token(identity, realm);
  EXPECT_EQ(request.target.path, "/token");
  EXPECT_EQ(request.authorization, "");
  EXPECT_EQ(request.request.content_type, "application/x-www-form-urlencoded");
  EXPECT_EQ(request.request.body,
            "grant_type=refresh_token&client_id=kubernetes-image-puller&service=registry%20test"
            "&scope=repository%3Aa%2Fb%3Apull&refresh_token=re%26fresh");
  EXPECT_EQ(get_token(identity, realm).authorization, "Basic PHRva2VuPjpyZSZmcmVzaA==");
}

TEST(Token, AnAnswerHasItUnderEitherName) {
  EXPECT_EQ(parse_token(R"({"token":"a","access_token":"b","expires_in":300})")->value, "a");
  EXPECT_EQ(parse_token(R"({"access_token":"b","expires_in":300})")->value, "b");
  EXPECT_EQ(parse_token(R"({"token":"a","expires_in":300})")->lifetime, 300s);
  EXPECT_EQ(parse_token(R"({"token":"a"})")->lifetime, 60s);
  EXPECT_EQ(parse_token(R"({"token":"a","expires_in":-5})")->lifetime, 60s);
  EXPECT_EQ(parse_token(R"({"token":"a","expires_in":"300"})")->lifetime, 60s);
  EXPECT_EQ(parse_token(R"({"token":"a","expires_in":9999999999999})")->lifetime, 24h);
}

TEST(Token, AnAnswerWithoutOneSaysSoAndShowsNothing) {
  for (const auto* body :
       {"", "<html>s3cret", "[\"s3cret\"]", "{}", R"({"token":"s3cret\r\nX: y"})",
        R"({"token":""})", R"({"token":["s3cret"]})", R"({"errors":[{"code":"s3cret"}]})"}) {
    const auto token = parse_token(body);
    ASSERT_FALSE(token) << body;
    EXPECT_THAT(token.error().message, Not(HasSubstr("s3cret")));
  }
}

TEST(TokenCache, ATokenIsUsedUntilShortlyBeforeItExpires) {
  TokenCache cache;
  const SteadyTime then{1h};
  cache.keep(key, {"short", 60s}, then);
  EXPECT_EQ(cache.find(key, then + 49s), "short");
  EXPECT_FALSE(cache.find(key, then + 50s));
  cache.keep(key, {"long", 1000s}, then);
  EXPECT_EQ(cache.find(key, then + 899s), "long");
  EXPECT_FALSE(cache.find(key, then + 900s));
  cache.drop(key);
  EXPECT_FALSE(cache.find(key, then));
}

TEST(TokenCache, ATokenIsForItsScopeAndCredentialsOnly) {
  TokenCache cache;
  cache.keep(key, {"t", 60s}, {});
  TokenKey other = key;
  other.credentials.password = "other";
  EXPECT_FALSE(cache.find(other, {}));
  other = key;
  other.scope += ",push";
  EXPECT_FALSE(cache.find(other, {}));
}

TEST(TokenCache, ItDoesNotGrowForEver) {
  TokenCache cache;
  TokenKey each = key;
  for (int i = 0; i < 5000; ++i) {
    each.scope = std::to_string(i);
    cache.keep(each, {"t", 60s}, SteadyTime{1h});
  }
  EXPECT_EQ(cache.find(each, SteadyTime{1h}), "t");
  each.scope = "0";
  EXPECT_FALSE(cache.find(each, SteadyTime{1h}));
}

}  // namespace
}  // namespace kip::registry
