#include "base/base64.h"
#include "registry/testing/client_test.h"

namespace kip::registry {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AuthTest : public ClientTest {
 protected:
  AuthTest() { registry_.edit()->auth = Auth::bearer; }
};

TEST_F(AuthTest, ATokenIsGotWithNameAndPasswordAndKeptForTheNextRequests) {
  ASSERT_TRUE(resolve({good_}));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next", "GET /token",
                                   "HEAD /v2/a/b/manifests/next"));
  const auto requests = registry_.requests();
  EXPECT_EQ(requests[0].authorization, "");
  EXPECT_EQ(requests[1].authorization, "Basic " + to_base64("me:s3cret-password"));
  EXPECT_THAT(requests[1].target,
              HasSubstr("service=registry%2C%20of%20tests&scope=repository%3Aa%2Fb%3Apull"));
  EXPECT_EQ(requests[2].authorization, "Bearer s3cret-token");
  ASSERT_TRUE(resolve({good_}));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next"));
}

TEST_F(AuthTest, WithoutCredentialsATokenIsAskedForWithoutAny) {
  registry_.edit()->is_pulled_by_all = true;
  ASSERT_TRUE(resolve());
  EXPECT_EQ(registry_.requests()[1].authorization, "");
}

TEST_F(AuthTest, AllCredentialsAreTriedInOrderAndNoneAtLast) {
  ASSERT_TRUE(resolve({bad_, good_}));
  registry_.edit()->password = "s3cret-new";
  client_.reset();
  const auto result = resolve({bad_, good_});
  expect_failure(result, Kind::unauthorized, "tried with secret \"ns/bad\", with secret ");
  EXPECT_THAT(result.error().message, HasSubstr("with secret \"ns/good\", without credentials"));
  registry_.edit()->is_pulled_by_all = true;
  EXPECT_TRUE(resolve({bad_, good_}));
}

TEST_F(AuthTest, OfSeveralRefusalsTheOneThatCameFurthestIsTold) {
  registry_.edit()->trouble = [](auto& peer, const auto& request) {
    return request.authorization == "Bearer s3cret-token" &&
           peer.answer(request.method == "HEAD" ? 404 : 200, "");
  };
  expect_failure(resolve({bad_, good_}), Kind::not_found, "answered 404");
}

TEST_F(AuthTest, ATokenThatIsNotTakenAnyMoreIsReplacedOnce) {
  ASSERT_TRUE(resolve({good_}));
  (void)asked();
  std::atomic<int> refused = 0;
  registry_.edit()->trouble = [&](auto& peer, const auto& request) {
    return request.method == "HEAD" && refused++ == 0 &&
           peer.answer(401, "",
                       "WWW-Authenticate: Bearer realm=\"" + registry_.url() + "/token\"\r\n");
  };
  ASSERT_TRUE(resolve({good_}));
  EXPECT_EQ(asked().size(), 3U);
}

TEST_F(AuthTest, AnIdentityTokenIsPosted) {
  ASSERT_TRUE(resolve({identity_token_}));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next", "POST /token",
                                   "HEAD /v2/a/b/manifests/next"));
  EXPECT_EQ(registry_.requests()[1].header("Content-Type"), "application/x-www-form-urlencoded");
}

TEST_F(AuthTest, WhereNoPostIsTakenAnIdentityTokenStandsInForAPassword) {
  registry_.edit()->knows_post = false;
  registry_.edit()->username = "<token>";
  registry_.edit()->password = "s3cret-identity";
  ASSERT_TRUE(resolve({identity_token_}));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next", "POST /token", "GET /token",
                                   "HEAD /v2/a/b/manifests/next"));
}

TEST_F(AuthTest, ARegistryTokenIsShownAtOnceAndNoOtherIsGotInItsPlace) {
  Credentials token{.registry_token = "s3cret-token", .origin = "secret \"x\""};
  ASSERT_TRUE(resolve({token}));
  EXPECT_THAT(asked(), ElementsAre("HEAD /v2/a/b/manifests/next"));
  token.registry_token = "s3cret-old";
  expect_failure(resolve({token}), Kind::unauthorized,
                 "does not take the registry token of secret \"x\"");
}

TEST_F(AuthTest, NameAndPasswordAreShownWhereTheRegistryWantsBasicAndThenAtOnce) {
  registry_.edit()->auth = Auth::basic;
  ASSERT_TRUE(resolve({good_}));
  EXPECT_EQ(asked().size(), 2U);
  ASSERT_TRUE(resolve({good_}));
  EXPECT_EQ(asked().size(), 1U);
  client_.reset();
  expect_failure(resolve(), Kind::unauthorized, "wants a name and a password");
}

TEST_F(AuthTest, ATokenServerOnAnotherHostGetsCredentialsAndTheRegistryDoesNot) {
  FakeRegistry tokens(identity());
  registry_.edit()->realm = tokens.url() + "/token?x=y";
  ASSERT_TRUE(resolve({good_}));
  ASSERT_EQ(tokens.requests().size(), 1U);
  EXPECT_THAT(tokens.requests()[0].target, ::testing::StartsWith("/token?x=y&service="));
  EXPECT_THAT(tokens.requests()[0].authorization, ::testing::StartsWith("Basic "));
  for (const auto& request : registry_.requests())
    EXPECT_THAT(request.whole, ::testing::Not(HasSubstr("Basic")));
}

TEST_F(AuthTest, ARealmOfPlainHttpIsNotAsked) {
  FakeRegistry tokens;
  registry_.edit()->realm = tokens.url() + "/token";
  expect_failure(resolve({good_}), Kind::untrusted, "which is plain HTTP");
  EXPECT_EQ(tokens.connections(), 0);
}

TEST_F(AuthTest, ARealmThatIsNoUrlIsNotAsked) {
  for (const auto* realm : {"ftp://127.0.0.1/", "https://", "https://u:p@127.0.0.1/"}) {
    registry_.edit()->realm = realm;
    expect_failure(resolve({good_}), Kind::untrusted, "names a realm that is no URL");
  }
}

TEST_F(AuthTest, AChallengeOverPlainHttpSendsCredentialsToNoOtherServer) {
  FakeRegistry plain, tokens(identity());
  plain.edit()->auth = Auth::bearer;
  plain.edit()->realm = tokens.url() + "/token";
  options_.insecure = *InsecureRegistries::parse(plain.domain());
  const auto of = *types::parse_image_reference(plain.domain() + "/a/b");
  expect_failure(resolve(of, {good_}), Kind::untrusted, "credentials do not go there");
  EXPECT_EQ(tokens.connections(), 0);
  tokens.edit()->is_pulled_by_all = true;
  EXPECT_TRUE(resolve(of)) << "who has none may ask";
  plain.edit()->realm = "";
  client_.reset();
  EXPECT_TRUE(resolve(of, {good_})) << "its own server it may name";
}

TEST_F(AuthTest, TheTokenServersLimitIsTheRegistrys) {
  registry_.edit()->trouble = [](auto& peer, const auto& request) {
    return request.target.starts_with("/token") && peer.answer(429, "", "Retry-After: 100\r\n");
  };
  expect_failure(resolve({good_}), Kind::rate_limited);
  EXPECT_GE(client().delay_of(registry_.domain()), 99s);
}

TEST_F(AuthTest, WhatAServerSaysOfOurSecretsIsNotRepeated) {
  registry_.edit()->trouble = [](auto& peer, const auto& request) {
    return request.kind == kip::testing::RegistryRequest::Kind::token_get &&
           peer.answer(401, R"({"errors":[{"code":"s3cret-password","message":"s3cret"},
                                          {"code":"UNAUTHORIZED","message":"s3cret"}]})");
  };
  expect_failure(resolve({good_}), Kind::unauthorized, "answered 401 (UNAUTHORIZED)");
}

}  // namespace
}  // namespace kip::registry
