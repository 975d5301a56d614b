#include "http/client.h"

#include <atomic>
#include <optional>

#include <gmock/gmock.h>

#include "http/io_context.h"
#include "loop/loop.h"
#include "testing/fake_server.h"

// The library copies a proxy's password for each connection, and frees none of the copies
// (zero_memory_deleter of 2.10.18, but for Windows).
// NOLINTNEXTLINE(bugprone-reserved-identifier): the leak sanitizer asks for this name
extern "C" const char* __lsan_default_suppressions() { return "leak:generate_base64_userpass"; }

namespace kip::http {
namespace {

using namespace std::chrono_literals;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::Peer;
using ::testing::StartsWith;

class HttpClientTest : public ::testing::Test {
 protected:
  Client::Options options() const {
    return {.idle = 5s, .max_body = 1000, .max_line = 1000, .proxy = proxy_};
  }
  std::unique_ptr<Client> to(const ServerUrl& server, std::shared_ptr<Tls> tls = nullptr) {
    return std::make_unique<Client>(loop_, server, std::move(tls), options());
  }
  static ServerUrl at(const FakeServer& server) { return {false, "127.0.0.1", server.port(), ""}; }

  Client::Outcome ask(const std::unique_ptr<Client>& client, Request request) {
    std::optional<Client::Outcome> seen;
    const auto handle = client->send(std::move(request), 5s, nullptr, [&](Client::Outcome outcome) {
      seen = std::move(outcome);
      loop_.stop();
    });
    loop_.run();
    return *seen;
  }

  Client::Outcome download(const std::unique_ptr<Client>& client, Request request,
                           Client::OnBytes on_bytes) {
    std::optional<Client::Outcome> seen;
    const auto handle =
        client->download(std::move(request), 1s, std::move(on_bytes), [&](Client::Outcome outcome) {
          seen = std::move(outcome);
          loop_.stop();
        });
    loop_.run();
    return *seen;
  }

  std::shared_ptr<Tls> trusting(const std::string& ca_pem, const std::string& name) {
    TlsSettings settings;
    settings.extra_ca_pem = ca_pem;
    settings.extra_ca_origin = "the test";
    settings.server_name = name;
    return *Tls::make(settings);
  }

  Loop loop_{io_context()};
  std::optional<Proxy> proxy_;
};

TEST_F(HttpClientTest, AHeadHasHeadersAndNoBodyAndItsConnectionIsKept) {
  std::string request;
  FakeServer server([&](Peer& peer) {
    while (!(request = peer.read_request()).empty())
      if (request.starts_with("HEAD"))
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nX-It: here\r\n\r\n");
      else
        peer.answer(200, "body");
  });
  auto client = std::make_unique<Client>(loop_, at(server), nullptr, options());
  for (const std::string method : {"HEAD", "GET"}) {
    const auto handle =
        client->send({.method = method, .path = "/x"}, 5s, nullptr, [&](Client::Outcome outcome) {
          ASSERT_TRUE(outcome.result) << outcome.result.error().message;
          EXPECT_EQ(outcome.result->headers["x-it"], method == "HEAD" ? "here" : "");
          EXPECT_EQ(outcome.result->body, method == "HEAD" ? "" : "body");
          EXPECT_TRUE(outcome.has_status);
          loop_.stop();
        });
    loop_.run();
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, ADownloadPassesBytesOnPastEveryLimitAndDeadline) {
  FakeServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 206 X\r\nContent-Length: 40000\r\nContent-Range: it\r\n\r\n");
    for (int i = 0; i < 4; ++i) {
      std::this_thread::sleep_for(300ms);
      peer.write(std::string(10000, 'x'));
    }
    peer.wait_until_closed();
  });
  std::size_t got = 0;
  const auto outcome = download(to(at(server)), {.path = "/"}, [&](const Response& head, auto b) {
    EXPECT_EQ(head.headers.at("content-range"), "it");
    got += b.size();
  });
  ASSERT_TRUE(outcome.result) << outcome.result.error().message;
  EXPECT_EQ(outcome.result->status, 206);
  EXPECT_EQ(outcome.result->body, "");
  EXPECT_EQ(got, 40000U);
}

TEST_F(HttpClientTest, ADownloadsErrorHasItsBodyAndNothingIsPassedOn) {
  FakeServer server([](Peer& peer) {
    peer.read_request();
    peer.answer(404, "none");
  });
  const auto outcome = download(to(at(server)), {.path = "/"},
                                [](const Response&, std::string_view) { ADD_FAILURE(); });
  ASSERT_TRUE(outcome.result);
  EXPECT_EQ(outcome.result->body, "none");
}

TEST_F(HttpClientTest, ADownloadThatBreaksSaysThatThereWasAStatus) {
  FakeServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 X\r\nContent-Length: 40000\r\n\r\nab");
    peer.end(false);
  });
  const auto outcome =
      download(to(at(server)), {.path = "/"}, [](const Response&, std::string_view) {});
  ASSERT_FALSE(outcome.result);
  EXPECT_TRUE(outcome.has_status);
}

TEST_F(HttpClientTest, WhatAMessageMayNotShowIsNotShown) {
  FakeServer server([](Peer& peer) { peer.end(true); });
  const auto outcome = ask(to(at(server)), {.path = "/x?signature=s3cret", .shown_path = "/x"});
  ASSERT_FALSE(outcome.result);
  EXPECT_THAT(outcome.result.error().message, StartsWith("GET \"/x\" at 127.0.0.1:"));
  const auto refused = ask(to(at(server)), {.path = "/x?s3cret=%zz<>", .shown_path = "/x"});
  ASSERT_FALSE(refused.result);
  EXPECT_THAT(refused.result.error().message, ::testing::Not(HasSubstr("s3cret")));
}

TEST_F(HttpClientTest, AProxyConnectsToAServerOfTls) {
  const testing::Authority authority;
  int served = 0;
  FakeServer server(
      [&](Peer& peer) {
        while (!peer.read_request().empty()) {
          ++served;
          peer.answer(200, "through");
        }
      },
      authority.issue("server", "DNS:registry.test"));
  std::string connect;
  FakeServer proxy([&](Peer& peer) {
    connect = peer.read_request();
    peer.write("HTTP/1.1 200 X\r\n\r\n");
    peer.tunnel_to(server.port());
  });
  proxy_ = Proxy{at(proxy), "me", "pass"};
  const ServerUrl far{true, "registry.test", 443, ""};
  Client client(loop_, far, trusting(authority.pem(), "registry.test"), options());
  for (int i = 0; i < 2; ++i) {
    const auto handle = client.send({.path = "/v2/"}, 5s, nullptr, [&](Client::Outcome outcome) {
      ASSERT_TRUE(outcome.result) << outcome.result.error().message;
      EXPECT_EQ(outcome.result->body, "through");
      loop_.stop();
    });
    loop_.run();
  }
  EXPECT_EQ(served, 2);
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_THAT(connect, StartsWith("CONNECT registry.test:443 HTTP/1.1"));
  EXPECT_THAT(connect, HasSubstr("Proxy-Authorization: Basic bWU6cGFzcw=="));
}

TEST_F(HttpClientTest, ACertificateOfNoTrustedCaIsRefusedThroughAProxyToo) {
  const testing::Authority authority, other("other");
  FakeServer server([](Peer& peer) { peer.wait_until_closed(); },
                    other.issue("server", "DNS:registry.test"));
  FakeServer proxy([&](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 X\r\n\r\n");
    peer.tunnel_to(server.port());
  });
  proxy_ = Proxy{at(proxy)};
  const auto outcome =
      ask(to({true, "registry.test", 443, ""}, trusting(authority.pem(), "registry.test")),
          {.path = "/"});
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::permanent);
  EXPECT_THAT(outcome.result.error().message,
              HasSubstr("signed by one of the system's CAs or of the test"));
}

TEST_F(HttpClientTest, AProxyIsAskedForThePlainUrl) {
  std::string request;
  FakeServer proxy([&](Peer& peer) {
    request = peer.read_request();
    peer.answer(200, "");
  });
  proxy_ = Proxy{at(proxy)};
  EXPECT_TRUE(ask(to({false, "registry.test", 5000, ""}), {.path = "/v2/?a=b"}).result);
  EXPECT_THAT(request, StartsWith("GET http://registry.test:5000/v2/?a=b HTTP/1.1"));
}

TEST_F(HttpClientTest, AProxyThatRefusesSaysWithWhat) {
  FakeServer proxy([](Peer& peer) {
    peer.read_request();
    peer.answer(407, "");
  });
  proxy_ = Proxy{at(proxy)};
  const testing::Authority authority;
  const auto outcome =
      ask(to({true, "registry.test", 443, ""}, trusting(authority.pem(), "registry.test")),
          {.path = "/"});
  ASSERT_FALSE(outcome.result);
  EXPECT_FALSE(outcome.has_status);
  EXPECT_THAT(outcome.result.error().message, HasSubstr("the proxy answered CONNECT with 407"));
}

// A name may have addresses where nobody answers: `localhost` has ::1 as well, most often first.
TEST_F(HttpClientTest, EachAddressOfANameIsTried) {
  FakeServer server([&](Peer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();) {
      EXPECT_THAT(request, HasSubstr("Host:localhost:"));
      peer.answer(200, "here");
    }
  });
  const auto client = to({false, "localhost", server.port(), ""});
  for (int i = 0; i < 2; ++i) {
    const auto outcome = ask(client, {"GET", "/x"});
    ASSERT_TRUE(outcome.result) << outcome.result.error().message;
    EXPECT_EQ(outcome.result->body, "here");
  }
  EXPECT_EQ(server.connections(), 1);  // kept
}

TEST_F(HttpClientTest, WhereNoAddressOfANameAnswersThatIsTold) {
  std::uint16_t port = 0;
  {
    const FakeServer gone([](Peer&) {});
    port = gone.port();
  }
  const auto outcome = ask(to({false, "localhost", port, ""}), {"GET", "/x"});
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(outcome.result.error().message, HasSubstr("no connection"));
}

TEST_F(HttpClientTest, AnInterimAnswerIsNoAnswerAndTheNextRequestGetsItsOwn) {
  FakeServer server([](Peer& peer) {
    for (std::string request; !(request = peer.read_request()).empty();)
      if (request.starts_with("GET /hints"))
        peer.write(
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
      else
        peer.answer(200, "own");
  });
  const auto client = to(at(server));
  const auto hinted = ask(client, {"GET", "/hints"});
  ASSERT_FALSE(hinted.result);
  EXPECT_THAT(hinted.result.error().message, HasSubstr("answered 103 before its answer"));
  const auto next = ask(client, {"GET", "/x"});
  ASSERT_TRUE(next.result) << next.result.error().message;
  EXPECT_EQ(next.result->body, "own");
}

TEST_F(HttpClientTest, WhatComesAfterAnAnswerIsNotTakenForTheNext) {
  const testing::Authority authority;
  FakeServer server(
      [](Peer& peer) {
        while (!peer.read_request().empty())
          peer.write(
              "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
              "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
      },
      authority.issue("server", "IP:127.0.0.1"));
  ServerUrl url = at(server);
  url.tls = true;
  const auto client = to(url, trusting(authority.pem(), "127.0.0.1"));
  for (int i = 0; i < 3; ++i) {
    const auto outcome = ask(client, {"GET", "/x"});
    if (outcome.result)
      EXPECT_EQ(outcome.result->body, "a");
    else
      EXPECT_TRUE(outcome.broke_before_answer) << outcome.result.error().message;
  }
}

// The server would have us hold what it sends: it ends when nobody reads on.
TEST_F(HttpClientTest, AHeadAndAChunkWithoutAnEndAreGivenUp) {
  for (const std::string begin :
       {"HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n"}) {
    std::atomic<std::size_t> sent = 0;
    {
      FakeServer server([&](Peer& peer) {
        peer.read_request();
        if (!peer.write(begin)) return;
        const std::string more = "X-More: " + std::string(64 << 10, 'x') + "\r\n";
        for (sent = 0; sent < (1U << 30U) && peer.write(more);) sent += more.size();
      });
      const auto outcome = ask(to(at(server)), {"GET", "/x"});
      EXPECT_FALSE(outcome.result);
    }
    EXPECT_LT(sent, 64U << 20U) << begin;
  }
}

}  // namespace
}  // namespace kip::http
