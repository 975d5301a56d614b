#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <boost/asio/ssl/context.hpp>

#include "testing/transport_test.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using namespace testing;
class RestTlsTest : public TransportTest {};
using ::testing::HasSubstr;
using ::testing::Not;

struct Distrust {
  const char* what;
  Issued identity;
  const char* part;
};
TEST_F(RestTlsTest, AServerThatTheCaDoesNotVouchForIsRefusedForGood) {
  const Distrust cases[] = {
      {"another CA", Authority("other-ca").issue("server", "IP:127.0.0.1"), "other-ca"},
      {"another address", authority().issue("server", "IP:127.0.0.2"), "IP:127.0.0.2"},
      {"a name instead of the address", authority().issue("server", "DNS:127.0.0.1"), "127.0.0.1"},
      {"only a common name", authority().issue("127.0.0.1", ""), "no name"},
      {"expired", authority().issue("server", "IP:127.0.0.1", -60), "expired"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.what);
    std::atomic<int> requests = 0;
    FakeServer server([&](Peer& peer) { requests += !peer.read_request().empty(); }, each.identity);
    const auto answer = get(transport(access_to(server)));
    expect_error(answer, ErrorKind::permanent, "the server is not trusted");
    expect_error(answer, ErrorKind::permanent, each.part);
    EXPECT_EQ(requests, 0);
  }
}

TEST_F(RestTlsTest, AHostNameThatTheCertificateDoesNotHaveIsRefused) {
  FakeServer server(answer_all, authority().issue("localhost", "DNS:elsewhere"));
  auto access = access_to(server);
  access.server.host = "localhost";
  expect_error(get(transport(access)), ErrorKind::permanent, "expected one for \"localhost\"");
}

TEST_F(RestTlsTest, TlsServerNameIsWhatTheCertificateHasToCarry) {
  FakeServer server(answer_all, authority().issue("x", "DNS:api.internal"));
  auto access = access_to(server);
  access.tls_server_name = "api.internal";
  EXPECT_TRUE(get(transport(access)));
  access.tls_server_name = "other.internal";
  expect_error(get(transport(access)), ErrorKind::permanent, "other.internal");
}

TEST_F(RestTlsTest, SkippingVerificationTakesAnyCertificate) {
  FakeServer server(answer_all, Authority("other-ca").issue("x", "DNS:x", -60));
  auto access = access_to(server);
  access.ca = {};
  access.insecure_skip_tls_verify = true;
  EXPECT_TRUE(get(transport(access)));
}

TEST_F(RestTlsTest, WithoutACaTheSystemsAreAskedAndDoNotKnowOurs) {
  FakeServer server(answer_all, good());
  auto access = access_to(server);
  access.ca = {};
  expect_error(get(transport(access)), ErrorKind::permanent, "one of the system's CAs");
}

// SSL_CERT_FILE with the CA of the tests, as a system's bundle.
class SystemBundle {
 public:
  SystemBundle() {
    std::ofstream(path_) << authority().pem();
    setenv("SSL_CERT_FILE", path_.c_str(), 1);
  }
  ~SystemBundle() {
    unsetenv("SSL_CERT_FILE");
    std::filesystem::remove(path_);
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("kip-bundle-" + std::to_string(::getpid()));
};

TEST_F(RestTlsTest, WithoutACaAServerThatTheSystemsBundleVouchesForIsTrusted) {
  const SystemBundle bundle;
  FakeServer server(answer_all, good());
  auto access = access_to(server);
  access.ca = {};
  const auto answer = get(transport(access));
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(RestTlsTest, WithACaTheSystemsBundleCountsForNothing) {
  const SystemBundle bundle;
  FakeServer server(answer_all, good());
  auto access = access_to(server);
  access.ca.data = Authority("other-ca").pem();
  expect_error(get(transport(access)), ErrorKind::permanent, "the server is not trusted");
}

TEST_F(RestTlsTest, TheLibraryDoesNotReadTheSystemsBundleForEachConnection) {
  const SystemBundle bundle;
  boost::asio::ssl::context made(boost::asio::ssl::context::sslv23);  // as asio_connection does
  made.set_default_verify_paths();
  const auto* store = SSL_CTX_get_cert_store(made.native_handle());
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 0);
}

TEST_F(RestTlsTest, AClientCertificateIsShown) {
  FakeServer server(answer_all, good(), authority().pem());
  auto access = access_to(server);
  EXPECT_FALSE(get(transport(access)));
  const auto mine = authority().issue("me", "");
  access.client_certificate.data = mine.certificate_pem;
  access.client_key.data = mine.key_pem;
  const auto answer = get(transport(access));
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(RestTlsTest, PlainHttpOnATlsPortIsNamed) {
  FakeServer server([](Peer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_until_closed();
  });
  expect_error(get(transport(access_to(server))), ErrorKind::transient, "TLS handshake failed");
}

TEST_F(RestTlsTest, ATokenIsNotSentWithoutTls) {
  std::string request;
  FakeServer server([&](Peer& peer) {
    request = peer.read_request();
    peer.answer(200, "{}");
  });
  ASSERT_TRUE(get(transport(access_to(server, false))));
  EXPECT_THAT(request, Not(HasSubstr("Authorization")));
}

}  // namespace
}  // namespace kip::kube
