#include "agent/credential_provider_response.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "testing/settings.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using kip::testing::reference;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using CacheKey = CredentialProviderResponse::CacheKey;

json answer(const json& changes) {
  json whole = {{"kind", "CredentialProviderResponse"},
                {"apiVersion", credential_provider_api},
                {"cacheKeyType", "Registry"},
                {"cacheDuration", "6h"},
                {"auth", {{"*.test", {{"username", "me"}, {"password", "s3cret"}}}}}};
  whole.merge_patch(changes);
  return whole;
}
auto parse(const json& whole) { return parse_credential_provider_response(to_text(whole), "o"); }

TEST(CredentialProviderRequest, AsksForTheRepositoryAsTheKubeletDoes) {
  EXPECT_EQ(parse_json(credential_provider_request(reference("busybox:1.36"))),
            (json{{"apiVersion", "credentialprovider.kubelet.k8s.io/v1"},
                  {"kind", "CredentialProviderRequest"},
                  {"image", "docker.io/library/busybox"}}));
}

TEST(CredentialProviderResponse, HoldsCredentialsAndHowLongTheyAreKept) {
  const auto response = parse(answer(json::object()));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->cache_key, CacheKey::registry);
  EXPECT_EQ(response->cache_duration, 6h);
  ASSERT_THAT(response->auth.entries, SizeIs(1));
  EXPECT_EQ(response->auth.entries[0].key, "*.test");
  EXPECT_EQ(response->auth.entries[0].credentials.password, "s3cret");
  EXPECT_EQ(response->auth.entries[0].credentials.origin, "o");
  EXPECT_EQ(parse(answer({{"cacheDuration", nullptr}}))->cache_duration, std::nullopt);
  EXPECT_EQ(parse(answer({{"cacheKeyType", "Global"}}))->cache_key, CacheKey::global);
  EXPECT_EQ(parse(answer({{"cacheKeyType", "Image"}}))->cache_key, CacheKey::image);
}

TEST(CredentialProviderResponse, MayHaveNothing) {
  EXPECT_THAT(parse(answer({{"auth", nullptr}}))->auth.entries, SizeIs(0));
  const auto response =
      parse(answer({{"auth", {{"a.test", json::object()}, {"b.test", {{"username", "u"}}}}}}));
  EXPECT_THAT(response->auth.entries, SizeIs(2));  // not the empty one
}

TEST(CredentialProviderResponse, WhatIsWrongIsNamedAndNoSecretShown) {
  const struct {
    json changes;
    const char* part;
  } cases[] = {
      {{{"kind", "s"}}, "kind is \"s\"; expected CredentialProviderResponse"},
      {{{"kind", nullptr}}, "kind is missing"},
      {{{"apiVersion", "credentialprovider.kubelet.k8s.io/v1beta1"}},
       "apiVersion is \"credentialprovider.kubelet.k8s.io/v1beta1\"; expected "
       "credentialprovider.kubelet.k8s.io/v1"},
      {{{"cacheKeyType", nullptr}}, "cacheKeyType is missing; expected Image, Registry or Global"},
      {{{"cacheKeyType", "image"}}, "cacheKeyType is \"image\""},
      {{{"cacheKeyType", 1}}, "cacheKeyType is a number"},
      {{{"cacheDuration", "long"}}, "cacheDuration is \"long\"; expected a duration such as 10m"},
      {{{"cacheDuration", 5}}, "cacheDuration is a number"},
      {{{"auth", "s3cret"}}, "auth is a string; expected an object"},
      {{{"auth", {{"a.test", "s3cret"}}}}, "an entry of auth is not a username and a password"},
      {{{"auth", {{"a.test", {{"password", json::array({"s3cret"})}}}}}}, "an entry of auth"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.part);
    const auto response = parse(answer(each.changes));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::transient);
    EXPECT_THAT(response.error().message, HasSubstr(each.part));
    EXPECT_THAT(response.error().message, Not(HasSubstr("s3cret")));
  }
  for (const char* garbage : {"", "s3cret", "[]", "{", "\xff", "null", "\"s3cret\""})
    EXPECT_EQ(parse_credential_provider_response(garbage, "o").error().message,
              "its answer is not a CredentialProviderResponse: there is no JSON object on its "
              "stdout");
}

}  // namespace
}  // namespace kip::agent
