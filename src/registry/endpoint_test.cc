#include "registry/endpoint.h"

#include <gmock/gmock.h>

namespace kip::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(InsecureRegistries, HostsAndPortsAreListed) {
  const auto list = InsecureRegistries::parse("registry.local:5000, 10.0.0.1:80\n[fd00::1]:5000,b");
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_TRUE(list->has("registry.local", 5000));
  EXPECT_TRUE(list->has("REGISTRY.local", 5000));
  EXPECT_FALSE(list->has("registry.local", 80));
  EXPECT_FALSE(list->has("x.registry.local", 5000));
  EXPECT_TRUE(list->has("10.0.0.1", 80));
  EXPECT_TRUE(list->has("fd00::1", 5000));
  EXPECT_TRUE(list->has("b", 80));
  EXPECT_EQ(*InsecureRegistries::parse(" , "), InsecureRegistries());
}

TEST(InsecureRegistries, EveryBadEntryIsNamed) {
  const auto list = InsecureRegistries::parse("good:5000,http://a,b/c,d:0,*.e,10.0.0.0/8");
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message, HasSubstr(R"("http://a", "b/c", "d:0", "*.e", "10.0.0.0/8")"));
}

TEST(Endpoint, ADomainIsAServerOverTlsUnlessItIsListed) {
  const auto insecure = *InsecureRegistries::parse("registry.local:5000,plain.local");
  const auto text = [&](const std::string& domain) {
    return endpoint_of(domain, insecure)->text();
  };
  EXPECT_EQ(text("quay.io"), "https://quay.io:443");
  EXPECT_EQ(text("docker.io"), "https://registry-1.docker.io:443");
  EXPECT_EQ(text("localhost:5000"), "https://localhost:5000");
  EXPECT_EQ(text("registry.local:5000"), "http://registry.local:5000");
  EXPECT_EQ(text("registry.local"), "https://registry.local:443");
  EXPECT_EQ(text("plain.local"), "http://plain.local:80");
  EXPECT_EQ(text("[::1]:5000"), "https://[::1]:5000");
  EXPECT_FALSE(endpoint_of("quay.io:0", insecure));
  EXPECT_FALSE(endpoint_of("quay.io:99999", insecure));
}

TEST(Endpoint, AReferenceIsResolvedFromWhereItWasWritten) {
  const Target from{{true, "a.test", 443, ""}, "/v2/x/blobs/y?z=1"};
  const auto text = [&](std::string_view reference) {
    const auto to = resolve(from, reference);
    return to ? to->server.text() + to->path : "-";
  };
  EXPECT_EQ(text("https://b.test/p?q=%2F&r=a/b#c"), "https://b.test:443/p?q=%2F&r=a/b");
  EXPECT_EQ(text("HTTPS://B.Test:8443"), "https://b.test:8443/");
  EXPECT_EQ(text("http://b.test?q"), "http://b.test:80/?q");
  EXPECT_EQ(text("//b.test/p"), "https://b.test:443/p");
  EXPECT_EQ(text("/p/q"), "https://a.test:443/p/q");
  EXPECT_EQ(text("w"), "https://a.test:443/v2/x/blobs/w");
  EXPECT_EQ(text("../../w/./v/"), "https://a.test:443/v2/w/v/");
  EXPECT_EQ(text("/../../.."), "https://a.test:443/");
  EXPECT_EQ(text("?w=2"), "https://a.test:443/v2/x/blobs/y?w=2");
  EXPECT_EQ(text("/a b\r\n|?\x01"), "https://a.test:443/a%20b%0D%0A%7C?%01");
  EXPECT_EQ(text("/%zz%2f%"), "https://a.test:443/%25zz%2f%25");
  EXPECT_EQ(text(""), "-");
  EXPECT_EQ(text("ftp://b.test/"), "-");
  EXPECT_EQ(text("javascript:x"), "-");
  EXPECT_EQ(text("https://user:pw@b.test/"), "-");
  EXPECT_EQ(text("https:///p"), "-");
  EXPECT_EQ(text("https://b.test:0/"), "-");
}

TEST(Endpoint, NoQueryIsShown) {
  const Target from{{true, "a.test", 443, ""}, "/x?s3cret"};
  EXPECT_EQ(from.shown(), "https://a.test:443/x");
  for (const auto* bad : {"ftp://b.test/?s3cret", "https://b.test:0?s3cret", "x:?s3cret"})
    EXPECT_THAT(resolve(from, bad).error().message, Not(HasSubstr("s3cret"))) << bad;
}

}  // namespace
}  // namespace kip::registry
