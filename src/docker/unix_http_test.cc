#include "docker/unix_http.h"

#include <optional>

#include "docker/testing/docker_test.h"

namespace kip::docker {
namespace {

using ::testing::AllOf;
using testing::EnginePeer;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using Answer = Result<http::Response, runtime::Failure>;

class UnixHttpTest : public testing::DockerTest {
 protected:
  HandlePtr begin(std::optional<Answer>& into, UnixRequest request,
                  UnixHttp::OnPiece on_piece = nullptr) {
    return UnixHttp(loop_, engine_->socket())
        .send(std::move(request), std::move(on_piece),
              [&into](const Answer& answer) { into.emplace(answer); });
  }
  Answer send(UnixRequest request, UnixHttp::OnPiece on_piece = nullptr) {
    std::optional<Answer> got;
    const auto handle = begin(got, std::move(request), std::move(on_piece));
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value();
  }
  Answer get(UnixHttp::OnPiece on_piece = nullptr) {
    return send({.target = "/x", .deadline = 10s}, std::move(on_piece));
  }
  // What comes of a whole answer that the server sends as it stands, and then closes.
  Answer get_answered(const std::string& bytes) {
    serve([bytes](EnginePeer& peer, auto&) { peer.write(bytes); });
    return get();
  }
  UnixHttp::OnPiece collect() {
    return [this](std::string_view bytes) { streamed_ += bytes; };
  }

  std::string streamed_;
};

TEST_F(UnixHttpTest, ARequestIsWhatAServerExpectsAndItsAnswerComesWhole) {
  serve([](EnginePeer& peer, auto&) { peer.answer(404, "no\r\n", "Api-Version: 1.41\r\n"); });
  const auto answer =
      send({.method = "POST", .target = "/a?b=c", .deadline = 10s, .headers = {{"X-One", "1"}}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "no\r\n");
  EXPECT_EQ(answer->headers.at("api-version"), "1.41");
  EXPECT_THAT(engine_->last_request(),
              AllOf(StartsWith("POST /a?b=c HTTP/1.1\r\nHost: localhost\r\n"),
                    HasSubstr("\r\nX-One: 1\r\n"), HasSubstr("\r\nContent-Length: 0\r\n"),
                    HasSubstr("\r\nConnection: close\r\n")));
}

TEST_F(UnixHttpTest, AnAnswerMayComeInChunksOrEndWithTheConnection) {
  serve([](EnginePeer& peer, auto&) {
    peer.begin_chunks();
    peer.chunk("one ");
    peer.chunk("two");
    peer.end_chunks();
  });
  EXPECT_EQ(get()->body, "one two");
  EXPECT_EQ(get_answered("HTTP/1.0 200 OK\r\n\r\nthree")->body, "three");
  EXPECT_EQ(get_answered("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST_F(UnixHttpTest, AStreamHasNoLimitAndArrivesInOrder) {
  std::string sent;
  for (int i = 0; i < 200000; ++i) sent += std::to_string(i) + "\n";
  const auto times = http::max_body / sent.size() + 2;
  serve([sent, times](EnginePeer& peer, auto&) {
    peer.begin_chunks();
    for (std::size_t i = 0; i < times; ++i) peer.chunk(sent);
    peer.end_chunks();
  });
  std::size_t bytes = 0;
  bool is_in_order = true;
  const auto answer = get([&](std::string_view piece) {
    for (const char c : piece) is_in_order = is_in_order && c == sent[bytes++ % sent.size()];
  });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(bytes, times * sent.size());
  EXPECT_TRUE(is_in_order);
}

TEST_F(UnixHttpTest, TheBodyOfARefusalIsNotStreamed) {
  serve([](EnginePeer& peer, auto&) { peer.answer(500, "why"); });
  EXPECT_EQ(get(collect())->body, "why");
  EXPECT_EQ(streamed_, "");
}

TEST_F(UnixHttpTest, PiecesComeBeforeTheEnd) {
  serve([](EnginePeer& peer, auto&) {
    peer.begin_chunks();
    peer.chunk("early");
    peer.wait_until_closed();
  });
  std::optional<Answer> got;
  const auto handle = begin(got, {.target = "/", .deadline = 20s}, collect());
  EXPECT_TRUE(run_until([&] { return streamed_ == "early"; }));
  EXPECT_FALSE(got.has_value());
}

TEST_F(UnixHttpTest, ABodyThatIsNotStreamedAndAHeadHaveLimits) {
  serve([](EnginePeer& peer, auto&) { peer.answer(200, std::string(http::max_body + 1, 'x')); });
  const auto body = get();
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().kind, Kind::other);
  EXPECT_THAT(body.error().message, HasSubstr("too long"));
  serve([](EnginePeer& peer, auto&) {
    peer.answer(200, "", "X: " + std::string(20000, 'x') + "\r\n");
  });
  EXPECT_EQ(get().error().kind, Kind::other);
}

TEST_F(UnixHttpTest, WhereNobodyListensTheRuntimeIsGone) {
  serve([](auto&, auto&) {});
  const auto socket = engine_->socket();
  for (const auto& path :
       {socket + ".none", std::string("/etc/passwd"), "/" + std::string(500, 'x')}) {
    std::optional<Answer> got;
    const auto handle = UnixHttp(loop_, path)
                            .send({.target = "/", .deadline = 10s}, nullptr,
                                  [&](const Answer& answer) { got.emplace(answer); });
    EXPECT_FALSE(got.has_value());
    ASSERT_TRUE(run_until([&] { return got.has_value(); }));
    EXPECT_EQ(got->error().kind, Kind::runtime_gone);
    EXPECT_THAT(got->error().message, StartsWith("cannot connect to " + path + ": "));
  }
}

TEST_F(UnixHttpTest, AConnectionThatEndsEarlyIsARuntimeThatIsGone) {
  for (const auto* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    const auto answer = get_answered(bytes);
    ASSERT_FALSE(answer) << bytes;
    EXPECT_EQ(answer.error().kind, Kind::runtime_gone) << bytes;
  }
}

TEST_F(UnixHttpTest, WhatIsNoHttpIsSaidToBeNone) {
  for (const auto* bytes : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 x\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const auto answer = get_answered(bytes);
    ASSERT_FALSE(answer) << bytes;
    EXPECT_EQ(answer.error().kind, Kind::other) << bytes;
    EXPECT_THAT(answer.error().message, HasSubstr("is not HTTP: "));
  }
}

TEST_F(UnixHttpTest, TheDeadlineIsForAllOfTheAnswer) {
  serve([](EnginePeer& peer, auto&) {
    peer.begin_chunks();
    while (peer.chunk("more")) std::this_thread::sleep_for(5ms);
  });
  const auto begun = loop_.now();
  const auto answer = send({.target = "/", .deadline = 100ms}, collect());
  EXPECT_EQ(answer.error().kind, Kind::timeout);
  EXPECT_LT(loop_.now() - begun, 5s);
  EXPECT_NE(streamed_, "");
  EXPECT_TRUE(run_until([&] { return engine_->open_connections() == 0; }));
}

TEST_F(UnixHttpTest, AServerThatSaysNothingIsGivenUpAtTheDeadline) {
  serve([](EnginePeer& peer, auto&) { peer.wait_until_closed(); });
  EXPECT_EQ(send({.target = "/", .deadline = 50ms}).error().kind, Kind::timeout);
  EXPECT_TRUE(run_until([&] { return engine_->open_connections() == 0; }));
}

TEST_F(UnixHttpTest, AHandleThatIsDestroyedClosesTheConnectionAndNothingIsCalled) {
  serve([](EnginePeer& peer, auto&) {
    peer.begin_chunks();
    while (peer.chunk("more")) std::this_thread::sleep_for(1ms);
  });
  for (int i = 0; i < 20; ++i) {
    std::optional<Answer> got;
    auto handle = begin(got, {.target = "/", .deadline = 10s}, collect());
    run_for(std::chrono::milliseconds(i));
    handle.reset();
    streamed_.clear();
    run_for(5ms);
    EXPECT_EQ(streamed_, "");
    EXPECT_FALSE(got.has_value());
  }
  EXPECT_TRUE(run_until([&] { return engine_->open_connections() == 0; }));
}

TEST_F(UnixHttpTest, ACallbackMayDestroyItsHandle) {
  serve([](EnginePeer& peer, auto&) {
    peer.begin_chunks();
    while (peer.chunk("more")) std::this_thread::sleep_for(1ms);
  });
  HandlePtr handle;
  int pieces = 0;
  std::optional<Answer> got;
  handle = begin(got, {.target = "/", .deadline = 10s},
                 [&, held = std::make_shared<int>(1)](std::string_view) {
                   ++pieces;
                   handle.reset();
                   EXPECT_EQ(*held, 1);  // is still there
                 });
  EXPECT_TRUE(run_until([&] { return pieces == 1; }));
  run_for(20ms);
  EXPECT_EQ(pieces, 1);
  EXPECT_FALSE(got.has_value());

  serve([](EnginePeer& peer, auto&) { peer.answer(200, "x"); });
  bool ended = false;
  handle = UnixHttp(loop_, engine_->socket())
               .send({.target = "/", .deadline = 10s}, nullptr,
                     [&, held = std::make_shared<int>(1)](const auto&) {
                       handle.reset();
                       ended = *held == 1;
                     });
  EXPECT_TRUE(run_until([&] { return ended; }));
}

}  // namespace
}  // namespace kip::docker
