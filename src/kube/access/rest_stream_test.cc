#include "testing/transport_test.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using namespace testing;
class RestStreamTest : public TransportTest {};

TEST_F(RestStreamTest, AStreamGivesItsLinesAndItsEnd) {
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

TEST_F(RestStreamTest, AStreamThatIsRefusedGivesTheBody) {
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

TEST_F(RestStreamTest, AStreamThatBreaksOrFallsSilentIsAnError) {
  options_.idle = 1s;  // a handshake on a busy machine is no silence
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
    expect_error(seen.end, ErrorKind::transient, silent ? "no byte for 1s" : "broke");
  }
}

TEST_F(RestStreamTest, NothingIsCalledAfterTheHandleIsGone) {
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
      [](const http::Answer&) { FAIL() << "ended"; });
  run();
  EXPECT_EQ(lines, 1);
  {
    const auto at_once = to.send({.path = "/x"}, [](const http::Answer&) { FAIL(); });
  }
  loop_.post([this] { loop_.stop(); });
  run();
}

}  // namespace
}  // namespace kip::kube
