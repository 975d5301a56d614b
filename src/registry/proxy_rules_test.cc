#include "registry/proxy_rules.h"

#include <gmock/gmock.h>

namespace kip::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

http::ServerUrl url(const std::string& text) { return *http::parse_server_url(text); }

bool is_proxied(const std::string& no_proxy, const std::string& server) {
  const auto rules = ProxyRules::from(
      {{"HTTPS_PROXY", "proxy:3128"}, {"HTTP_PROXY", "proxy:3128"}, {"NO_PROXY", no_proxy}});
  return rules->proxy_for(url(server)).has_value();
}

TEST(ProxyRules, EachSchemeHasItsVariableInEitherCase) {
  const auto rules = *ProxyRules::from(
      {{"HTTPS_PROXY", "http://me:p%40ss@a:3128/"}, {"https_proxy", "other"}, {"http_proxy", "b"}});
  const auto https = rules.proxy_for(url("https://quay.io"));
  ASSERT_TRUE(https);
  EXPECT_EQ(https->server, url("http://a:3128"));
  EXPECT_EQ(https->user, "me");
  EXPECT_EQ(https->password, "p@ss");
  EXPECT_EQ(rules.proxy_for(url("http://quay.io"))->server, url("http://b:80"));
  EXPECT_FALSE(ProxyRules().proxy_for(url("https://quay.io")));
  EXPECT_FALSE(ProxyRules::from({{"HTTPS_PROXY", ""}})->proxy_for(url("https://quay.io")));
}

TEST(ProxyRules, OtherKindsOfProxiesAreRefusedWithoutShowingThem) {
  for (const auto* text :
       {"socks5://s3cret@a", "https://s3cret@a", "http://s3cret@a:x", "s3cret@"}) {
    const auto rules = ProxyRules::from({{"HTTPS_PROXY", text}});
    ASSERT_FALSE(rules) << text;
    EXPECT_THAT(rules.error().message, HasSubstr("HTTPS_PROXY"));
    EXPECT_THAT(rules.error().message, Not(HasSubstr("s3cret")));
  }
}

TEST(ProxyRules, NoProxyIsReadAsGoReadsIt) {
  struct Row {
    std::string no_proxy, server;
    bool is_proxied;
  };
  const Row rows[] = {
      {"", "https://quay.io", true},
      {"*", "https://quay.io", false},
      {"quay.io", "https://quay.io", false},
      {"quay.io", "https://QUAY.io", false},
      {"quay.io", "https://cdn.quay.io", false},
      {"quay.io", "https://myquay.io", true},
      {".quay.io", "https://cdn.quay.io", false},
      {".quay.io", "https://quay.io", true},
      {"*.quay.io", "https://cdn.quay.io", false},
      {"*.quay.io", "https://quay.io", true},
      {"a, quay.io ,b", "https://quay.io", false},
      {"quay.io:443", "https://quay.io", false},
      {"quay.io:443", "https://quay.io:8443", true},
      {"quay.io:80", "http://quay.io", false},
      {":443", "https://quay.io", true},
      {"10.0.0.1", "https://10.0.0.1:5000", false},
      {"10.0.0.1:5000", "https://10.0.0.1:5000", false},
      {"10.0.0.1:443", "https://10.0.0.1:5000", true},
      {"0.0.1", "https://10.0.0.1", true},
      {"10.0.0.0/8", "https://10.1.2.3", false},
      {"10.0.0.0/8", "https://11.1.2.3", true},
      {"10.0.0.0/8", "https://ten.test", true},
      {"0.0.0.0/0", "https://11.1.2.3", false},
      {"fd00::/16", "https://[fd00::1]", false},
      {"fd00::1", "https://[fd00::1]", false},
      {"[fd00::1]", "https://[fd00:0::1]", false},
      {"[fd00::1]:443", "https://[fd00::1]:5000", true},
      {"[fd00::1]:5000", "https://[fd00::1]:5000", false},
      {"::ffff:10.0.0.1", "https://10.0.0.1", false},
      {"10.0.0.0/99,x/8,/,[,]:,:", "https://10.0.0.1", true},
      {"", "https://localhost:5000", false},
      {"", "https://127.0.0.1:5000", false},
      {"", "https://[::1]:5000", false},
  };
  for (const auto& [no_proxy, server, proxied] : rows)
    EXPECT_EQ(is_proxied(no_proxy, server), proxied) << no_proxy << " for " << server;
}

}  // namespace
}  // namespace kip::registry
