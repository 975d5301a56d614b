#include "kube/access/credentials.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/io_context.h"
#include "kube/access/connect.h"
#include "loop/loop.h"
#include "testing/certificates.h"

namespace kip::kube {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    std::string made = (fs::temp_directory_path() / "kip-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
  }
  ~CredentialsTest() override { fs::remove_all(folder_); }

  std::string put(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  Access exec_access(const std::string& script) {
    const auto path = put("plugin", "#!/bin/sh\n" + script);
    fs::permissions(path, fs::perms::owner_all);
    Access access;
    access.server = {true, "10.0.0.1", 6443, ""};
    access.exec = ExecSettings{.api_version = "client.authentication.k8s.io/v1", .command = path};
    return access;
  }
  static std::string print(const std::string& status) {
    return "echo run >> \"$(dirname \"$0\")/runs\"\ncat <<'END'\n"
           "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
           "\"status\":" +
           status + "}\nEND\n";
  }
  std::size_t runs() {
    std::error_code none;
    const auto size = fs::file_size(folder_ / "runs", none);
    return none ? 0 : size / 4;
  }

  Result<Secrets> get(Credentials& from) {
    std::optional<Result<Secrets>> secrets;
    const auto handle = from.get([&](Result<Secrets> result) {
      secrets = std::move(result);
      loop_.stop();
    });
    EXPECT_FALSE(secrets) << "called from inside get()";
    loop_.run();
    return *secrets;
  }
  Result<Secrets> get(const Access& access) { return get(*make_credentials(loop_, access)); }

  Loop loop_{http::io_context()};
  fs::path folder_;
};

TEST_F(CredentialsTest, ATokenFileThatChangesIsReadAgain) {
  Access access;
  access.token.file = put("token", "one\n");
  const auto credentials = make_credentials(loop_, access);
  EXPECT_EQ(get(*credentials)->token, "one");
  put("token", "second\n");
  EXPECT_EQ(get(*credentials)->token, "second");
}

TEST_F(CredentialsTest, AProjectedTokenIsFollowedThroughItsSymlink) {
  put("a/token", "aaa");
  put("b/token", "bbb");
  fs::create_directory_symlink("a", folder_ / "data");
  Access access;
  access.token.file = folder_ / "data" / "token";
  const auto credentials = make_credentials(loop_, access);
  EXPECT_EQ(get(*credentials)->token, "aaa");
  fs::create_directory_symlink("b", folder_ / "next");
  fs::rename(folder_ / "next", folder_ / "data");
  EXPECT_EQ(get(*credentials)->token, "bbb");
  fs::remove_all(folder_ / "b");
  EXPECT_EQ(get(*credentials)->token, "bbb");  // gone for a moment: the last one is still shown
}

TEST_F(CredentialsTest, ATokenThatIsNoneIsRefusedWithoutShowingIt) {
  for (const char* bad : {"", " \n", "s3cret\nX-Header: a", "s3cret\x01", "s3cret\xff"}) {
    Access access;
    access.token.file = put("token", bad);
    const auto secrets = get(access);
    ASSERT_FALSE(secrets);
    EXPECT_THAT(secrets.error().message, HasSubstr("token\""));
    EXPECT_THAT(secrets.error().message, Not(HasSubstr("s3cret")));
  }
  Access access;
  access.token.file = folder_ / "not-there";
  EXPECT_THAT(get(access).error().message, HasSubstr("No such file"));
}

TEST_F(CredentialsTest, AClientCertificateThatIsReplacedIsReadAgain) {
  Access access;
  access.client_certificate.file = put("tls.crt", "one");
  access.client_key.file = put("tls.key", "1");
  const auto credentials = make_credentials(loop_, access);
  EXPECT_EQ(get(*credentials)->certificate_pem, "one");
  put("tls.crt", "second");
  put("tls.key", "22");
  const auto secrets = get(*credentials);
  EXPECT_EQ(secrets->certificate_pem, "second");
  EXPECT_EQ(secrets->key_pem, "22");
}

TEST_F(CredentialsTest, APluginIsAskedOnceUntilItsAnswerExpires) {
  const auto access =
      exec_access(print(R"({"token":"t1","expirationTimestamp":"2999-01-01T00:00:00+02:00"})"));
  const auto credentials = make_credentials(loop_, access);
  EXPECT_EQ(get(*credentials)->token, "t1");
  EXPECT_EQ(get(*credentials)->token, "t1");
  EXPECT_EQ(runs(), 1U);
  const auto old =
      exec_access(print(R"({"token":"t2","expirationTimestamp":"2001-01-01T00:00:00Z"})"));
  const auto expired = make_credentials(loop_, old);
  EXPECT_EQ(get(*expired)->token, "t2");
  EXPECT_EQ(get(*expired)->token, "t2");
  EXPECT_EQ(runs(), 3U);
}

TEST_F(CredentialsTest, ARejectedAnswerOfAPluginIsAskedForAgainOnce) {
  const auto credentials = make_credentials(loop_, exec_access(print(R"({"token":"t"})")));
  const auto used = *get(*credentials);
  EXPECT_TRUE(credentials->is_rejected(used));
  EXPECT_EQ(get(*credentials)->token, "t");
  EXPECT_TRUE(credentials->is_rejected({.token = "an older one"}));
  EXPECT_EQ(get(*credentials)->token, "t");
  EXPECT_EQ(runs(), 2U);
}

TEST_F(CredentialsTest, SeveralThatAskAtOnceShareOneRun) {
  const auto credentials = make_credentials(loop_, exec_access(print(R"({"token":"t"})")));
  int answers = 0;
  const auto count = [&](const Result<Secrets>& secrets) {
    EXPECT_TRUE(secrets);
    if (++answers == 2) loop_.stop();
  };
  const auto a = credentials->get(count), b = credentials->get(count);
  {
    const auto given_up = credentials->get([](const auto&) { FAIL(); });
  }
  loop_.run();
  EXPECT_EQ(runs(), 1U);
}

TEST_F(CredentialsTest, APluginIsToldAboutTheClusterAndItsEnvironment) {
  auto access = exec_access(
      "[ \"$1\" = arg ] && [ \"$EXTRA\" = x ] && [ ! -t 0 ] || exit 3\n"
      "echo \"$KUBERNETES_EXEC_INFO\" > \"$(dirname \"$0\")/info\"\n" +
      print(R"({"clientCertificateData":"C","clientKeyData":"K"})"));
  access.ca.data = "CA";
  access.exec->args = {"arg"};
  access.exec->env = {{"EXTRA", "x"}};
  access.exec->provide_cluster_info = true;
  const auto secrets = get(access);
  ASSERT_TRUE(secrets) << secrets.error().message;
  EXPECT_EQ(secrets->certificate_pem, "C");
  EXPECT_EQ(secrets->key_pem, "K");
  std::ifstream info(folder_ / "info");
  const std::string text{std::istreambuf_iterator<char>(info), {}};
  EXPECT_THAT(text,
              HasSubstr(R"("certificate-authority-data":"Q0E=","server":"https://10.0.0.1:6443")"));
  EXPECT_THAT(text, HasSubstr(R"("interactive":false)"));
}

TEST_F(CredentialsTest, APluginThatFailsSaysWhyAndHowToGetIt) {
  const struct {
    std::string script;
    const char* part;
  } cases[] = {
      {"echo no network >&2; exit 7", "ended with code 7: \"no network\"; \"hint\""},
      {"kill -9 $$", "ended with code 137"},
      {"echo s3cret", "no JSON object"},
      {"echo '[]'", "no JSON object"},
      {"echo '{\"kind\":\"Pod\"}'", "expected ExecCredential"},
      {"echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"v1\"}'", "apiVersion is \"v1\""},
      {print("{}"), "neither token nor"},
      {print(R"({"token":"s3cret","clientKeyData":"s3cret"})"), "both or none"},
      {print(R"({"token":"s3cret\u0001"})"), "no bearer token"},
      {print(R"({"token":"s3cret","expirationTimestamp":"later"})"), "\"later\""},
      {"while :; do echo s3crets3crets3crets3crets3crets3crets3crets3cret; done",
       "wrote more than"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.script);
    auto access = exec_access(each.script);
    access.exec->install_hint = "hint";
    const auto secrets = get(access);
    ASSERT_FALSE(secrets);
    EXPECT_EQ(secrets.error().kind, ErrorKind::transient);
    EXPECT_THAT(secrets.error().message, HasSubstr(each.part));
    EXPECT_THAT(secrets.error().message, Not(HasSubstr("s3cret")));
  }
  Access access;
  access.exec = ExecSettings{.command = "kip-no-such-program", .install_hint = "get it"};
  const auto secrets = get(access);
  ASSERT_FALSE(secrets);
  EXPECT_THAT(secrets.error().message, HasSubstr("cannot be started: No such file"));
  EXPECT_THAT(secrets.error().message, HasSubstr("get it"));
}

TEST_F(CredentialsTest, APluginThatHangsIsKilledWithItsChildren) {
  const auto access = exec_access("sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; wait");
  ExecPlugin plugin(loop_, access, 300ms);
  std::string message;
  const auto handle = plugin.get([&](const Result<ExecCredential>& answer) {
    message = answer ? "an answer" : answer.error().message;
    loop_.stop();
  });
  loop_.run();
  EXPECT_THAT(message, HasSubstr("did not end within 300ms"));
}

TEST_F(CredentialsTest, InAClusterTheServiceAccountIsUsed) {
  put("token", "t");
  put("ca.crt", "x");
  put("namespace", "mine\n");
  std::map<std::string, std::string> environment{{"KUBERNETES_SERVICE_HOST", "fd00::1"},
                                                 {"KUBERNETES_SERVICE_PORT", "443"}};
  const auto access = find_access(environment, folder_);
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.text(), "https://[fd00::1]:443");
  EXPECT_EQ(access->namespace_name, "mine");
  EXPECT_EQ(in_cluster_namespace(folder_), "mine");
  EXPECT_EQ(in_cluster_namespace("/not-there"), "");
  fs::remove(folder_ / "ca.crt");
  EXPECT_THAT(find_access(environment, folder_).error().message,
              HasSubstr("ca.crt cannot be read"));
  environment["KUBERNETES_SERVICE_PORT"] = "http";
  EXPECT_THAT(find_access(environment, folder_).error().message, HasSubstr("not a number from 1"));
}

TEST_F(CredentialsTest, WithoutAnyClusterTheThreePlacesAreNamed) {
  const auto access = find_access({{"HOME", folder_}}, folder_);
  ASSERT_FALSE(access);
  for (const char* part : {"KUBECONFIG is unset", "/.kube/config", "KUBERNETES_SERVICE_HOST"})
    EXPECT_THAT(access.error().message, HasSubstr(part));
}

TEST_F(CredentialsTest, AKubeconfigThatIsNotThereIsNamed) {
  const auto access = find_access({{"KUBECONFIG", "/not/there:/nor/there"}});
  ASSERT_FALSE(access);
  EXPECT_THAT(access.error().message, HasSubstr("/not/there:/nor/there"));
}

TEST_F(CredentialsTest, MaterialThatCannotBeUsedIsToldBeforeAnyRequest) {
  const testing::Authority authority;
  const auto one = authority.issue("a", ""), two = authority.issue("b", "");
  put("ca", authority.pem());
  put("cert", one.certificate_pem);
  put("key", one.key_pem);
  put("other-key", two.key_pem);
  put("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  put("empty", "");
  const auto config = [&](const std::string& cluster, const std::string& user) {
    return put("config",
               "current-context: x\nclusters: [{name: x, cluster: {server: 'https://h', " +
                   cluster + "}}]\nusers: [{name: x, user: {" + user +
                   "}}]\ncontexts: [{name: x, context: {cluster: x, user: x}}]\n");
  };
  const struct {
    const char *cluster, *user, *part;
  } cases[] = {
      {"certificate-authority: broken", "token: a", "broken\" holds no readable certificate"},
      {"certificate-authority: key", "token: a", "no -----BEGIN CERTIFICATE-----"},
      {"certificate-authority: empty", "token: a", "empty\" is empty"},
      {"certificate-authority: none", "token: a", "none\" cannot be read"},
      {"certificate-authority: ca", "client-certificate: cert, client-key: other-key",
       "does not belong to"},
      {"certificate-authority: ca", "client-certificate: cert, client-key: cert",
       "no readable private key"},
      {"certificate-authority: ca", "tokenFile: empty", "empty; expected a bearer token"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.part);
    const auto made = connect({{"KUBECONFIG", config(each.cluster, each.user)}}, loop_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::permanent);
    EXPECT_THAT(made.error().message, HasSubstr(each.part));
  }
  const auto made = connect({{"KUBECONFIG", config("certificate-authority: ca",
                                                   "client-certificate: cert, client-key: key")}},
                            loop_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(made->description, HasSubstr("context \"x\" https://h:443"));
}

}  // namespace
}  // namespace kip::kube
