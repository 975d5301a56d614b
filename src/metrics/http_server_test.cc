#include "metrics/http_server.h"

#include <future>

#include <gmock/gmock.h>

#include "metrics/testing/http_client.h"
#include "testing/on_loop.h"

namespace kip::metrics {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public testing::OnLoop {
 protected:
  void listen(const HttpServer::Limits& limits) {
    auto made = HttpServer::listen(
        loop_, 0,
        [this](const HttpServer::Request& request) {
          last_ = request;
          return HttpServer::Answer{.body = [left = pieces_, piece = piece_]() mutable {
            return left-- > 0 ? piece : "";
          }};
        },
        limits);
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
  }
  void SetUp() override { listen({}); }

  // What `ask` gives, on a thread of its own, while the loop runs.
  template <class F>
  auto on_thread(F ask, Duration at_most = 20s) {
    auto asked = std::async(std::launch::async, std::move(ask));
    EXPECT_TRUE(
        run_until([&] { return asked.wait_for(0s) == std::future_status::ready; }, at_most));
    return asked.get();
  }
  std::string exchange(const std::string& request) {
    return on_thread(
        [port = server_->port(), request] { return testing::http_exchange(port, request); });
  }

  int pieces_ = 1;
  std::string piece_ = "hello\n";
  HttpServer::Request last_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersARequestInChunks) {
  pieces_ = 3;
  const std::string text =
      exchange("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\naccept: text/html\r\n\r\n");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_EQ(testing::parse_answer(text).body, "hello\nhello\nhello\n");
  EXPECT_TRUE(text.ends_with("\r\n0\r\n\r\n"));
  EXPECT_EQ(last_.method, "GET");
  EXPECT_EQ(last_.path, "/metrics");
  EXPECT_EQ(last_.accept, "text/html");
}

TEST_F(HttpServerTest, OfHttp10TheBodyEndsWithTheConnection) {
  const std::string text = exchange("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(text, Not(HasSubstr("chunked")));
  EXPECT_TRUE(text.ends_with("\r\n\r\nhello\n"));
}

TEST_F(HttpServerTest, AHeadRequestGetsNoBody) {
  EXPECT_TRUE(exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, WhatIsNoRequestIsRefused) {
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x02\x00 hello of TLS\r\n\r\n"), std::string("GET\r\n\r\n"),
        std::string("GET / HTTP/9.9\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: " + std::string(20'000, 'x') + "\r\n\r\n",
        std::string("GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n")})
    EXPECT_THAT(exchange(garbage), StartsWith("HTTP/1.1 400 ")) << garbage.substr(0, 40);
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, ABodyThatComesWithARequestDoesNotCostTheAnswer) {
  const std::string text = exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
                                    std::string(100'000, 'x'));
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AClientThatSaysNothingIsLetGo) {
  listen({.request = 100ms});
  const std::string text = on_thread(
      [port = server_->port()] {
        const HttpClient client(port);
        client.write("GET / HT");
        return client.read_all();
      },
      5s);
  EXPECT_EQ(text, "");
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsLetGo) {
  pieces_ = 1'000'000;
  piece_ = std::string(1 << 16, 'x');
  listen({.piece = 200ms});
  const HttpClient client(server_->port());
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  run_for(1s);
  pieces_ = 1;
  const std::string got = on_thread([&] { return client.read_all(); }, 10s);
  EXPECT_FALSE(got.ends_with("\r\n0\r\n\r\n")) << "it sees that something is missing";
  EXPECT_LT(got.size(), std::size_t{64} << 20);
}

TEST_F(HttpServerTest, OfManyConnectionsTheOldestGoAndANewOneIsServed) {
  listen({.connections = 8});
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 300; ++i) {
    idle.push_back(std::make_unique<HttpClient>(server_->port()));
    ASSERT_TRUE(idle.back()->is_connected());
    if (i % 50 == 0) run_for(10ms);
  }
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(on_thread([&] { return idle.front()->read_all(); }), "") << "closed";
}

TEST_F(HttpServerTest, AtAnAddressItListensThereAlone) {
  const auto answer = [](const HttpServer::Request&) {
    return HttpServer::Answer{.body = [] { return ""; }};
  };
  const auto here = HttpServer::listen(loop_, 0, answer, {}, "127.0.0.1");
  ASSERT_TRUE(here);
  // The port is free at other addresses.
  EXPECT_TRUE(HttpServer::listen(loop_, static_cast<std::uint16_t>((*here)->port()), answer, {},
                                 "127.0.0.2"));
  const auto nowhere = HttpServer::listen(loop_, 0, answer, {}, "192.0.2.1");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("192.0.2.1"));
}

TEST_F(HttpServerTest, APortThatIsTakenIsToldAndAServerThatEndsClosesItsConnections) {
  const HttpClient client(server_->port());
  run_for(50ms);
  const auto second =
      HttpServer::listen(loop_, static_cast<std::uint16_t>(server_->port()),
                         [](const HttpServer::Request&) { return HttpServer::Answer{}; }, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
  server_.reset();
  EXPECT_EQ(on_thread([&] { return client.read_all(); }, 5s), "");
}

}  // namespace
}  // namespace kip::metrics
