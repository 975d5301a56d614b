#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/transport_test.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using namespace testing;
class RestTransportTest : public TransportTest {};
using ::testing::HasSubstr;

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

TEST_F(RestTransportTest, AServerThatNeverSpeaksMeetsTheDeadline) {
  options_.read_deadline = 100ms;
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
  access.server.host = std::string(64, 'x') + ".invalid";  // too long to be asked of any server
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

TEST_F(RestTransportTest, TheTransportCanGoWhileRequestsAreUnderWay) {
  std::atomic<int> arrived = 0;
  FakeServer server(
      [&](Peer& peer) {
        peer.read_request();
        if (++arrived == 2) {
          loop_.post([this] {
            transport_.reset();
            loop_.post([this] { loop_.post([this] { loop_.stop(); }); });
          });
        }
        peer.wait_until_closed();
      },
      good());
  auto& to = transport(access_to(server));
  const auto request = to.send({.path = "/x"}, [](const http::Answer&) { FAIL(); });
  const auto stream = to.stream(
      {.path = "/x"}, [](std::string_view) { FAIL(); }, [](const http::Answer&) { FAIL(); });
  run();
  EXPECT_EQ(arrived, 2);
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

constexpr const char* writes[] = {"POST", "PUT", "DELETE", "PATCH"};

TEST_F(RestTransportTest, AWriteGoesOnTheConnectionOfTheRequestBeforeIt) {
  FakeServer server(answer_all, good());
  auto& to = transport(access_to(server));
  ASSERT_TRUE(get(to));
  for (const char* method : writes) ASSERT_TRUE(ask(to, {method, "/x", "{}"}));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(RestTransportTest, AKeptConnectionThatHasEndedIsNotWrittenTo) {
  for (const bool reset : {false, true}) {
    std::atomic<int> seen = 0;
    std::atomic<bool> answered = false, ended = false;
    FakeServer server(
        [&](Peer& peer) {
          while (!peer.read_request().empty()) {
            ++seen;  // before the answer, which the test waits for
            peer.answer(201, "{}");
            if (peer.number != 0) continue;
            while (!answered) std::this_thread::yield();
            peer.end(reset);
            ended = true;
            return;
          }
        },
        good());
    auto& to = transport(access_to(server));
    ASSERT_TRUE(get(to));
    answered = true;
    while (!ended) std::this_thread::yield();
    const auto answer = ask(to, {"POST", "/x", "{}"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_F(RestTransportTest, AWriteThatDiesBeforeItsAnswerIsSentOnceMoreOnANewConnection) {
  for (const char* method : writes) {
    SCOPED_TRACE(method);
    std::atomic<int> seen = 0;
    FakeServer server(
        [&](Peer& peer) {
          for (std::string request; !(request = peer.read_request()).empty();) {
            if (!request.starts_with("GET") && ++seen == 1) return;
            peer.answer(request.starts_with("GET") ? 200 : 409, "{}");
          }
        },
        good());
    auto& to = transport(access_to(server));
    ASSERT_TRUE(get(to));
    const auto answer = ask(to, {method, "/x", "{}"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 409);  // for the caller: it may be its own doing
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_F(RestTransportTest, AWriteIsSentNoMoreThanTwice) {
  for (const char* body : {"{}", ""}) {
    for (const char* method : writes) {
      SCOPED_TRACE(std::string(method) + body);
      std::atomic<int> seen = 0;
      FakeServer server(
          [&](Peer& peer) {
            for (std::string request; !(request = peer.read_request()).empty();) {
              if (!request.starts_with("GET")) {
                ++seen;
                return;
              }
              peer.answer(200, "{}");
            }
          },
          good());
      auto& to = transport(access_to(server));
      ASSERT_TRUE(get(to));
      expect_error(ask(to, {method, "/x", body}), ErrorKind::transient, "before an answer");
      EXPECT_EQ(seen, 2);
    }
  }
}

TEST_F(RestTransportTest, AWriteIsWaitedForLongerThanARead) {
  options_.read_deadline = 200ms;
  options_.write_deadline = 5s;
  FakeServer slow(
      [](Peer& peer) {
        for (std::string request; !(request = peer.read_request()).empty();) {
          std::this_thread::sleep_for(500ms);
          peer.answer(200, "{}");
        }
      },
      good());
  auto& to = transport(access_to(slow));
  for (const char* method : writes) {
    const auto answer = ask(to, {method, "/x", "{}"});
    EXPECT_TRUE(answer) << answer.error().message;
  }
  expect_error(get(to), ErrorKind::transient, "within 200ms");
}

TEST(RestOptions, AWebhookThatTakesItsFullTimeoutIsWaitedFor) {
  EXPECT_GT(RestOptions{}.write_deadline, 30s);
}

TEST_F(RestTransportTest, AServerWhoseQueueIsFullIsGivenUpBeforeTheDeadline) {
  options_.read_deadline = 15s;
  // A listener that accepts nothing and whose queue is full drops each further SYN.
  const int full = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(full, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(full, 0), 0);
  getsockname(full, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<int> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)connect(waiting.back(), reinterpret_cast<sockaddr*>(&address), size);
  }
  Access access;
  access.server = {false, "127.0.0.1", ntohs(address.sin_port), ""};
  const auto began = std::chrono::steady_clock::now();
  expect_error(get(transport(access)), ErrorKind::unreachable, "timed out");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 9s);
  for (const int fd : waiting) close(fd);
  close(full);
}

}  // namespace
}  // namespace kip::kube
