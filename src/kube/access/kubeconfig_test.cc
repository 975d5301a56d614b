#include "kube/access/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"

namespace kip::kube {
namespace {

using ::testing::HasSubstr;

const std::string pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

// A whole file around one cluster and one user, each given as a YAML flow map.
std::string around(const std::string& cluster, const std::string& user = "{token: t}") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: dev\n"
         "clusters: [{name: c, cluster: " +
         cluster +
         "}]\n"
         "users: [{name: u, user: " +
         user +
         "}]\n"
         "contexts: [{name: dev, context: {cluster: c, user: u, namespace: n}}]\n";
}
const std::string server = "{server: 'https://10.0.0.1:6443'}";

Result<Access> parse(const std::string& text) {
  return parse_kubeconfig({{"/users/me/config", text}});
}

TEST(Kubeconfig, AUsualFileIsRead) {
  const auto access =
      parse(around("{server: 'https://[fd00::1]:6443/base/', tls-server-name: api, "
                   "certificate-authority: pki/ca.crt}",
                   "{client-certificate-data: " + to_base64(pem) + ", client-key: /k.pem}"));
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.text(), "https://[fd00::1]:6443/base");
  EXPECT_EQ(access->server.host, "fd00::1");
  EXPECT_EQ(access->tls_server_name, "api");
  EXPECT_EQ(access->ca.file, "/users/me/pki/ca.crt");
  EXPECT_EQ(access->client_certificate.data, pem);
  EXPECT_EQ(access->client_key.file, "/k.pem");
  EXPECT_EQ(access->namespace_name, "n");
  EXPECT_EQ(access->origin, "kubeconfig /users/me/config, context \"dev\"");
}

TEST(Kubeconfig, JsonIsTakenToo) {
  const auto access = parse(R"({"current-context":"dev","clusters":[{"name":"c","cluster":
    {"server":"http://localhost:8001"}}],"users":[{"name":"u","user":null}],
    "contexts":[{"name":"dev","context":{"cluster":"c","user":"u"}}]})");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.text(), "http://localhost:8001");
}

TEST(Kubeconfig, ATokenFileWinsOverAToken) {
  const auto access = parse(around(server, "{token: a, tokenFile: t/token}"));
  ASSERT_TRUE(access);
  EXPECT_EQ(access->token.file, "/users/me/t/token");
  EXPECT_EQ(access->token.data, "");
}

TEST(Kubeconfig, AnExecPluginIsRead) {
  const auto access = parse(around(
      server,
      "{exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login, args: [a, 1], "
      "env: [{name: A, value: b}], provideClusterInfo: true, interactiveMode: Never, "
      "installHint: get it}}"));
  ASSERT_TRUE(access) << access.error().message;
  ASSERT_TRUE(access->exec);
  EXPECT_EQ(access->exec->command, "/users/me/bin/login");
  EXPECT_THAT(access->exec->args, ::testing::ElementsAre("a", "1"));
  EXPECT_EQ(access->exec->env.at(0), std::make_pair(std::string("A"), std::string("b")));
  EXPECT_TRUE(access->exec->provide_cluster_info);
}

TEST(Kubeconfig, InAListOfFilesTheFirstOfANameWins) {
  const std::string first =
      "current-context: dev\ncontexts: [{name: dev, context: {cluster: c, user: u}}]\n"
      "clusters: [{name: c, cluster: {server: 'https://one', certificate-authority: ca}}]\n";
  const auto access =
      parse_kubeconfig({{"/a/config", first}, {"/b/config", around(server)}, {"/c/config", ""}});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.text(), "https://one:443");
  EXPECT_EQ(access->ca.file, "/a/ca");
  EXPECT_EQ(access->token.data, "t");
}

TEST(Kubeconfig, EveryProblemIsToldAtOnce) {
  const auto access = parse(around("{server: 'ftp://x', proxy-url: 'http://p'}", "{username: me}"));
  ASSERT_FALSE(access);
  for (const char* part : {"ftp", "proxy-url", "username", "/users/me/config line 4"})
    EXPECT_THAT(access.error().message, HasSubstr(part));
}

TEST(Kubeconfig, WhatIsWrongIsRefusedByName) {
  const std::string exec = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: x";
  const struct {
    std::string text, part;
  } cases[] = {
      {"", "current-context is missing"},
      {"# nothing\n", "current-context is missing"},
      {"null", "current-context is missing"},
      {"just text", "the file is a text"},
      {"[1, 2]", "the file is a list"},
      {around(server).substr(0, 90), "no YAML"},
      {std::string("\x7f"
                   "ELF\x02\x01\x00\x00",
                   8),
       "no text: byte 6"},
      {"\xff\xfe"
       "a",
       "no text: byte 0"},
      {"a: b: c", "no YAML"},
      {"\tapiVersion: v1", "no YAML"},
      {"a: [1, 2", "no YAML"},
      {"a: &x *y", "no YAML"},
      {"kind: Pod\napiVersion: v1\n", "kind is \"Pod\"; expected Config"},
      {"apiVersion: v2\n", "apiVersion is \"v2\"; expected v1"},
      {"current-context: [a]\n", "current-context is a list"},
      {"current-context: x\n", "current-context is \"x\", which is not defined"},
      {"current-context: x\ncontexts: {a: b}\n", "contexts is a map; expected a list"},
      {"current-context: x\ncontexts: [{context: {}}]\n", "an entry without a name"},
      {"current-context: x\ncontexts: [a]\n", "an entry without a name"},
      {"current-context: x\ncontexts: [{name: x, context: [1]}]\n", "context \"x\" is a list"},
      {"current-context: x\ncontexts: [{name: x}]\n", "context \"x\": cluster is missing"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: q, user: q}}]\n",
       "cluster is \"q\", which is not defined; defined: none is"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: [q]}}]\n", "cluster is a list"},
      {around("{}"), "cluster \"c\": server is missing; expected https://"},
      {around("{server: [a]}"), "server is a list; expected a text"},
      {around("{server: 'https://'}"), "neither a name nor an address"},
      {around("{server: 'https://a b'}"), "neither a name nor an address"},
      {around("{server: 'https://h:0'}"), "its port is not a number"},
      {around("{server: 'https://h:65536'}"), "its port is not a number"},
      {around("{server: 'https://h:6x'}"), "its port is not a number"},
      {around("{server: 'https://[::1'}"), "its brackets hold no IPv6"},
      {around("{server: 'https://[nope]:1'}"), "its brackets hold no IPv6"},
      {around("{server: 'https://me:pw@h'}"), "holds a user name or password"},
      {around("{server: 'https://h/a?b'}"), "its path holds \"?\""},
      {around("{server: 'https://h', certificate-authority-data: '%%%'}"), "is not base64"},
      {around("{server: 'https://h', certificate-authority-data: 'QUJD'}"), "holds no PEM text"},
      {around("{server: 'https://h', certificate-authority-data: 'QUI'}"), "is not base64"},
      {around("{server: 'https://h', certificate-authority: a, certificate-authority-data: QUJD}"),
       "certificate-authority and certificate-authority-data are both given"},
      {around("{server: 'https://h', certificate-authority: {a: b}}"), "is a map; expected a text"},
      {around("{server: 'https://h', insecure-skip-tls-verify: maybe}"),
       "is \"maybe\"; expected true or false"},
      {around("{server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: a}"),
       "and a certificate authority are both given"},
      {around("{server: 'https://h', proxy-url: 'http://p'}"), "proxy-url is not supported"},
      {around(server, "{username: me, password: s3cret}"), "username is not supported"},
      {around(server, "{auth-provider: {name: gcp}}"), "auth-provider is not supported"},
      {around(server, "{token: t, as: someone-else}"), "as is not supported"},
      {around(server, "{token: t, as: jane}"), "as is not supported"},
      {around(server, "{token: t, as-uid: '7'}"), "as-uid is not supported"},
      {around(server, "{token: t, as-groups: [g]}"), "as-groups is not supported"},
      {around(server, "{token: t, as-user-extra: {k: [v]}}"), "as-user-extra is not supported"},
      {around(server, "{token: t, as-groups: [a, b]}"), "as-groups is not supported"},
      {around(server, "{token: t, as-user-extra: {a: [b]}}"), "as-user-extra is not supported"},
      {around(server, "{client-certificate: a}"), "client-key is missing"},
      {around(server, "{client-key: a}"), "client-certificate is missing"},
      {around(server, "{client-key: a, client-key-data: QUJD, client-certificate: b}"),
       "client-key and client-key-data are both given"},
      {around(server, "{client-certificate-data: '=', client-key: b}"), "is not base64"},
      {around(server, "{token: {a: s3cret}}"), "token is a map; expected a text"},
      {around(server, "{exec: login}"), "exec is not a map"},
      {around(server, "{exec: {apiVersion: client.authentication.k8s.io/v1}}"),
       "command is missing"},
      {around(server, "{exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}"),
       "expected client.authentication.k8s.io/v1 or /v1beta1"},
      {around(server, exec + ", interactiveMode: Always}}"), "there is no terminal"},
      {around(server, exec + ", interactiveMode: No}}"), "expected Never, IfAvailable or Always"},
      {around(server, exec + ", args: text}}"), "args is not a list"},
      {around(server, exec + ", args: [[a]]}}"), "args has an entry that is not a text"},
      {around(server, exec + ", env: {A: b}}}"), "env is not a list"},
      {around(server, exec + ", env: [{value: b}]}}"), "env has an entry without a proper name"},
      {around(server, exec + ", provideClusterInfo: 1}}"), "expected true or false"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.text);
    const auto access = parse(each.text);
    ASSERT_FALSE(access);
    EXPECT_EQ(access.error().kind, ErrorKind::permanent);
    EXPECT_THAT(access.error().message, HasSubstr(each.part));
    EXPECT_THAT(access.error().message, HasSubstr("/users/me/config"));
    EXPECT_THAT(access.error().message, ::testing::Not(HasSubstr("s3cret")));
  }
}

TEST(Base64, WhatIsEncodedIsDecoded) {
  for (const char* text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\x01"})
    EXPECT_EQ(from_base64(to_base64(text)), text);
  EXPECT_EQ(from_base64("YW\nJj\r\n"), "abc");
  for (const char* bad : {"a", "ab", "ab=", "abc", "====", "ab==c", "a-b_", "abcd="})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

}  // namespace
}  // namespace kip::kube
