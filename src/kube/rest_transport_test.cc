#include "kube/rest_transport.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kube/loop.h"
#include "kube/testing/fake_server.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using testing::Authority;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::Issued;
using ::testing::Not;
using testing::Peer;

const Authority& authority() {
  static const Authority made;
  return made;
}

const Issued& good() {
  static const Issued made = authority().issue("server", "DNS:localhost,IP:127.0.0.1");
  return made;
}

void answer_all(Peer& peer) {
  while (!peer.read_request().empty()) peer.answer(200, "{}");
}

class RestTransportTest : public ::testing::Test {
 protected:
  // How the server is reached: over TLS with our CA, unless a test changes it.
  Access access_to(const FakeServer& server, bool tls = true) {
    Access access;
    access.server = {tls, "127.0.0.1", server.port(), ""};
    if (tls) access.ca.data = authority().pem();
    access.token.data = "s3cret";
    return access;
  }

  RestTransport& transport(const Access& access) {
    transport_ =
        std::make_unique<RestTransport>(loop_, access, make_credentials(loop_, access), options_);
    return *transport_;
  }

  Result<Response> ask(RestTransport& to, Request request) {
    std::optional<Result<Response>> answer;
    bool inside = true;
    const auto handle = to.send(std::move(request), [&](Result<Response> result) {
      EXPECT_FALSE(inside);
      answer = std::move(result);
      loop_.stop();
    });
    inside = false;
    run();
    return answer ? *answer : Result<Response>(permanent("nothing within the test's patience"));
  }
  Result<Response> get(RestTransport& to) { return ask(to, {.path = "/version"}); }

  struct Watched {
    std::vector<std::string> lines;
    Result<Response> end = permanent("did not end");
  };
  Watched watch(RestTransport& to) {
    Watched seen;
    const auto handle = to.stream(
        {.path = "/watch"}, [&](std::string_view line) { seen.lines.emplace_back(line); },
        [&](Result<Response> end) {
          seen.end = std::move(end);
          loop_.stop();
        });
    run();
    return seen;
  }

  void run() {
    const auto patience = loop_.after(20s, [this] { loop_.stop(); });
    loop_.run();
  }

  Loop loop_;
  RestOptions options_{.deadline = 5s, .idle = 5s};
  std::unique_ptr<RestTransport> transport_;
};

void expect_error(const Result<Response>& result, ErrorKind kind, const std::string& part) {
  ASSERT_FALSE(result) << result->status << " " << result->body;
  EXPECT_EQ(result.error().kind, kind) << result.error().message;
  EXPECT_THAT(result.error().message, HasSubstr(part));
  EXPECT_THAT(result.error().message, Not(HasSubstr("s3cret")));
}

TEST_F(RestTransportTest, AnAnswerComesWithStatusAndBody) {
  std::string request;
  FakeServer server(
      [&](Peer& peer) {
        request = peer.read_request();
        peer.answer(404, "not there");
      },
      good());
  auto access = access_to(server);
  access.server.base_path = "/prefix";
  const auto answer = ask(transport(access), {.path = "/a?fieldSelector=metadata.name%3Dx"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "not there");
  EXPECT_THAT(request, HasSubstr("GET /prefix/a?fieldSelector=metadata.name%3Dx HTTP/1.1"));
  EXPECT_THAT(request, HasSubstr("Authorization:Bearer s3cret\r\n"));
  EXPECT_THAT(request, HasSubstr("User-Agent:kubernetes-image-puller/"));
}

TEST_F(RestTransportTest, ABodyIsSentWithItsType) {
  std::string request;
  FakeServer server(
      [&](Peer& peer) {
        request = peer.read_request();
        peer.answer(201, "{}");
      },
      good());
  ASSERT_TRUE(ask(transport(access_to(server)), {"POST", "/x", "{\"a\":1}"}));
  EXPECT_THAT(request, HasSubstr("Content-Type:application/json\r\n"));
  EXPECT_THAT(request, ::testing::EndsWith("\r\n\r\n{\"a\":1}"));
}

struct Distrust {
  const char* what;
  Issued identity;
  const char* part;
};
TEST_F(RestTransportTest, AServerThatTheCaDoesNotVouchForIsRefusedForGood) {
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

TEST_F(RestTransportTest, AHostNameThatTheCertificateDoesNotHaveIsRefused) {
  FakeServer server(answer_all, authority().issue("localhost", "DNS:elsewhere"));
  auto access = access_to(server);
  access.server.host = "localhost";
  expect_error(get(transport(access)), ErrorKind::permanent, "expected one for \"localhost\"");
}

TEST_F(RestTransportTest, TlsServerNameIsWhatTheCertificateHasToCarry) {
  FakeServer server(answer_all, authority().issue("x", "DNS:api.internal"));
  auto access = access_to(server);
  access.tls_server_name = "api.internal";
  EXPECT_TRUE(get(transport(access)));
  access.tls_server_name = "other.internal";
  expect_error(get(transport(access)), ErrorKind::permanent, "other.internal");
}

TEST_F(RestTransportTest, SkippingVerificationTakesAnyCertificate) {
  FakeServer server(answer_all, Authority("other-ca").issue("x", "DNS:x", -60));
  auto access = access_to(server);
  access.ca = {};
  access.insecure_skip_tls_verify = true;
  EXPECT_TRUE(get(transport(access)));
}

TEST_F(RestTransportTest, WithoutACaTheSystemsAreAskedAndDoNotKnowOurs) {
  FakeServer server(answer_all, good());
  auto access = access_to(server);
  access.ca = {};
  expect_error(get(transport(access)), ErrorKind::permanent, "one of the system's CAs");
}

TEST_F(RestTransportTest, AClientCertificateIsShown) {
  FakeServer server(answer_all, good(), authority().pem());
  auto access = access_to(server);
  EXPECT_FALSE(get(transport(access)));
  const auto mine = authority().issue("me", "");
  access.client_certificate.data = mine.certificate_pem;
  access.client_key.data = mine.key_pem;
  const auto answer = get(transport(access));
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(RestTransportTest, PlainHttpOnATlsPortIsNamed) {
  FakeServer server([](Peer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_until_closed();
  });
  expect_error(get(transport(access_to(server))), ErrorKind::transient, "TLS handshake failed");
}

TEST_F(RestTransportTest, ATokenIsNotSentWithoutTls) {
  std::string request;
  FakeServer server([&](Peer& peer) {
    request = peer.read_request();
    peer.answer(200, "{}");
  });
  ASSERT_TRUE(get(transport(access_to(server, false))));
  EXPECT_THAT(request, Not(HasSubstr("Authorization")));
}

TEST_F(RestTransportTest, AServerThatNeverSpeaksMeetsTheDeadline) {
  options_.deadline = 100ms;
  FakeServer silent([](Peer& peer) { peer.wait_until_closed(); });
  expect_error(get(transport(access_to(silent))), ErrorKind::transient, "within 100ms");
  FakeServer mute([](Peer& peer) { peer.wait_until_closed(); }, good());
  expect_error(get(transport(access_to(mute))), ErrorKind::transient, "within 100ms");
  expect_error(watch(transport(access_to(mute))).end, ErrorKind::transient, "within 100ms");
}

TEST_F(RestTransportTest, ARefusedConnectionIsUnreachable) {
  Access access;
  {
    FakeServer gone([](Peer&) {});
    access = access_to(gone);
  }
  expect_error(get(transport(access)), ErrorKind::unreachable, "connection refused");
}

TEST_F(RestTransportTest, ANameThatDoesNotResolveIsUnreachable) {
  FakeServer server(answer_all);
  auto access = access_to(server);
  access.server.host = "does-not-exist.invalid";
  expect_error(get(transport(access)), ErrorKind::unreachable, "cannot be resolved");
}

TEST_F(RestTransportTest, AnAnswerThatIsCutOffIsATransientError) {
  constexpr const char* half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":";
  FakeServer server(
      [&](Peer& peer) {
        peer.read_request();
        peer.write(half);
      },
      good());
  expect_error(get(transport(access_to(server))), ErrorKind::transient, "middle of the answer");
  EXPECT_EQ(server.connections(), 1);
  // A reset can overtake what was sent before it, so the client may see nothing of the answer.
  FakeServer resetting(
      [&](Peer& peer) {
        peer.read_request();
        peer.write(half);
        peer.reset();
      },
      good());
  expect_error(get(transport(access_to(resetting))), ErrorKind::transient, "the connection");
}

TEST_F(RestTransportTest, AnswersThatAreNoHttpAreNamed) {
  for (const char* text : {"garbage\r\n\r\n", "\r\n\r\n", "HTTP/1.1\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    SCOPED_TRACE(text);
    FakeServer server(
        [&](Peer& peer) {
          peer.read_request();
          peer.write(text);
        },
        good());
    expect_error(get(transport(access_to(server))), ErrorKind::transient, "no");
  }
}

TEST_F(RestTransportTest, ABodyOverTheLimitIsGivenUp) {
  options_.max_body = 100'000;
  const std::string part(10'000, 'x');
  for (const bool stream : {false, true}) {
    FakeServer server(
        [&](Peer& peer) {
          peer.read_request();
          peer.write("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n");
          while (peer.chunk(part)) {
          }
        },
        good());
    auto& to = transport(access_to(server));
    expect_error(stream ? watch(to).end : get(to), ErrorKind::transient, "100000 bytes");
  }
}

TEST_F(RestTransportTest, ALineOfTenMebibytesIsGivenUp) {
  const std::string part(1 << 20, 'x');
  FakeServer server(
      [&](Peer& peer) {
        peer.read_request();
        peer.begin_chunks();
        peer.chunk("{}\n");
        for (int i = 0; i < 10 && peer.chunk(part); ++i) {
        }
        peer.wait_until_closed();
      },
      good());
  const auto seen = watch(transport(access_to(server)));
  EXPECT_THAT(seen.lines, ::testing::ElementsAre("{}"));
  expect_error(seen.end, ErrorKind::transient, "a line of more than 4194304 bytes");
}

TEST_F(RestTransportTest, ARedirectIsNotFollowed) {
  std::atomic<int> visits = 0;
  FakeServer thief([&](Peer&) { ++visits; });
  FakeServer server(
      [&](Peer& peer) {
        peer.read_request();
        peer.answer(302, "",
                    "Location: http://127.0.0.1:" + std::to_string(thief.port()) + "/\r\n");
      },
      good());
  const auto answer = get(transport(access_to(server)));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(visits, 0);
}

TEST_F(RestTransportTest, ARefreshedTokenIsTriedOnceAfterA401) {
  const auto file =
      std::filesystem::temp_directory_path() / ("kip-token-" + std::to_string(::getpid()));
  std::ofstream(file) << "old\n";
  std::atomic<int> asked = 0;
  FakeServer server(
      [&](Peer& peer) {
        for (std::string request; !(request = peer.read_request()).empty();) {
          ++asked;
          const bool fresh = request.find("Bearer new\r\n") != std::string::npos;
          if (!fresh) {
            std::ofstream(file.string() + "~") << "new\n";
            std::filesystem::rename(file.string() + "~", file);
          }
          peer.answer(fresh ? 200 : 401, "{}");
        }
      },
      good());
  auto access = access_to(server);
  access.token = {file, ""};
  for (const char* method : {"GET", "POST"}) {
    std::ofstream(file) << "old\n";
    const auto answer = ask(transport(access), {method, "/x", ""});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_EQ(asked, 4);
  std::filesystem::remove(file);
}

TEST_F(RestTransportTest, A401WithAFixedTokenIsTheAnswer) {
  std::atomic<int> asked = 0;
  FakeServer server(
      [&](Peer& peer) {
        while (!peer.read_request().empty()) {
          ++asked;
          peer.answer(401, "no");
        }
      },
      good());
  const auto answer = get(transport(access_to(server)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(asked, 1);
}

TEST_F(RestTransportTest, RetryAfterIsPassedOn) {
  FakeServer server(
      [](Peer& peer) {
        peer.read_request();
        peer.answer(429, "slow down", "Retry-After: 7\r\n");
      },
      good());
  const auto answer = get(transport(access_to(server)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->retry_after, 7s);
}

TEST_F(RestTransportTest, AStreamGivesItsLinesAndItsEnd) {
  FakeServer server(
      [](Peer& peer) {
        peer.read_request();
        peer.begin_chunks();
        for (const char* part : {"one\ntw", "o\r\n\n", "three\nfo"}) peer.chunk(part);
        peer.write("0\r\n\r\n");
      },
      good());
  const auto seen = watch(transport(access_to(server)));
  EXPECT_THAT(seen.lines, ::testing::ElementsAre("one", "two", "three"));
  ASSERT_TRUE(seen.end) << seen.end.error().message;
  EXPECT_EQ(seen.end->status, 200);
}

TEST_F(RestTransportTest, AStreamThatIsRefusedGivesTheBody) {
  FakeServer server(
      [](Peer& peer) {
        peer.read_request();
        peer.answer(410, "line\ngone\n");
      },
      good());
  const auto seen = watch(transport(access_to(server)));
  EXPECT_TRUE(seen.lines.empty());
  ASSERT_TRUE(seen.end);
  EXPECT_EQ(seen.end->status, 410);
  EXPECT_EQ(seen.end->body, "line\ngone\n");
}

TEST_F(RestTransportTest, AStreamThatBreaksOrFallsSilentIsAnError) {
  options_.idle = 200ms;
  for (const bool silent : {false, true}) {
    FakeServer server(
        [&](Peer& peer) {
          peer.read_request();
          peer.begin_chunks();
          peer.chunk("one\n");
          if (silent) peer.wait_until_closed();
        },
        good());
    const auto seen = watch(transport(access_to(server)));
    EXPECT_EQ(seen.lines.size(), 1U);
    expect_error(seen.end, ErrorKind::transient, silent ? "no byte for 200ms" : "broke");
  }
}

TEST_F(RestTransportTest, NothingIsCalledAfterTheHandleIsGone) {
  FakeServer server(
      [](Peer& peer) {
        peer.read_request();
        peer.begin_chunks();
        while (peer.chunk("one\ntwo\n")) {
        }
      },
      good());
  auto& to = transport(access_to(server));
  HandlePtr handle;
  int lines = 0;
  handle = to.stream(
      {.path = "/watch"},
      [&](std::string_view) {
        ++lines;
        handle.reset();  // from inside the callback
        loop_.post([this] { loop_.post([this] { loop_.stop(); }); });
      },
      [](const Result<Response>&) { FAIL() << "ended"; });
  run();
  EXPECT_EQ(lines, 1);
  {
    const auto at_once = to.send({.path = "/x"}, [](const Result<Response>&) { FAIL(); });
  }
  loop_.post([this] { loop_.stop(); });
  run();
}

TEST_F(RestTransportTest, TheTransportCanGoWhileRequestsAreUnderWay) {
  FakeServer server([](Peer& peer) { peer.wait_until_closed(); }, good());
  auto& to = transport(access_to(server));
  const auto request = to.send({.path = "/x"}, [](const Result<Response>&) { FAIL(); });
  const auto stream = to.stream(
      {.path = "/x"}, [](std::string_view) { FAIL(); }, [](const Result<Response>&) { FAIL(); });
  const auto soon = loop_.after(50ms, [this] {
    transport_.reset();
    loop_.post([this] { loop_.post([this] { loop_.stop(); }); });
  });
  run();
}

TEST_F(RestTransportTest, AGetAfterAnIdleResetIsAnswered) {
  for (const bool reset : {false, true}) {
    FakeServer server(
        [&](Peer& peer) {
          peer.read_request();
          peer.answer(200, "{}");
          if (peer.number != 0) return peer.wait_until_closed();
          peer.read_request();
          if (reset) peer.reset();
        },
        good());
    auto& to = transport(access_to(server));
    ASSERT_TRUE(get(to));
    const auto again = get(to);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_F(RestTransportTest, AWriteThatDiesBeforeItsAnswerIsNotSentTwice) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    SCOPED_TRACE(method);
    std::atomic<int> writes = 0;
    FakeServer server(
        [&](Peer& peer) {
          for (std::string request; !(request = peer.read_request()).empty();) {
            if (!request.starts_with("GET")) {
              ++writes;
              return;
            }
            peer.answer(200, "{}");
          }
        },
        good());
    auto& to = transport(access_to(server));
    ASSERT_TRUE(get(to));
    expect_error(ask(to, {method, "/x", "{}"}), ErrorKind::transient, "before an answer");
    EXPECT_EQ(writes, 1);
  }
}

}  // namespace
}  // namespace kip::kube
