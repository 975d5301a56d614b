#include "http/name_lookup.h"

#include <atomic>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/io_context.h"
#include "loop/loop.h"

namespace kip::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Answer = Result<std::vector<std::string>>;

constexpr std::uint8_t no_such_name = 3;
constexpr unsigned char type_a = 1;

// A name server on 127.0.0.1: one IPv4 address for each name under "known", none for others, and
// no word where it is silent.
class NameServer {
 public:
  explicit NameServer(bool is_silent) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    text_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    if (!is_silent) thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  const std::string& text() const { return text_; }

 private:
  void serve() {
    while (!over_) {
      pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, 10) != 1) continue;
      char packet[1500];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto length =
          ::recvfrom(socket_, packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (length < 12) continue;
      const std::string reply = answer({packet, static_cast<std::size_t>(length)});
      ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  // RFC 1035, section 4.1: a header of 12 bytes, then the question: labels, type and class.
  static std::string answer(const std::string& query) {
    const std::size_t labels_end = query.find('\0', 12) + 1;
    const bool is_known = query.find("\5known") != std::string::npos;
    const auto type = static_cast<unsigned char>(query.at(labels_end + 1));
    const bool has_address = is_known && type == type_a;
    std::string reply = query.substr(0, 2);
    reply += static_cast<char>(0x81);
    reply += static_cast<char>(is_known ? 0x80 : 0x80 | no_such_name);
    reply += std::string("\0\1", 2) + std::string(has_address ? "\0\1" : "\0\0", 2);
    reply += std::string(4, '\0') + query.substr(12, labels_end + 4 - 12);
    if (has_address)
      reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7", 16);  // 192.0.2.7
    return reply;
  }

  int socket_;
  std::string text_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

class NameLookupTest : public ::testing::Test {
 protected:
  Answer ask(const std::string& name, const std::string& servers = "") {
    std::optional<Answer> seen;
    HandlePtr handle;
    bool inside = true;
    handle = look_up(
        loop_, name,
        [&](Answer answer) {
          EXPECT_FALSE(inside);
          seen = std::move(answer);
          handle.reset();  // as callers do
          loop_.stop();
        },
        servers);
    inside = false;
    loop_.run();
    return *seen;
  }

  Loop loop_{io_context()};
};

TEST_F(NameLookupTest, ANameServerIsAsked) {
  const NameServer server(false);
  const auto found = ask("a.known", server.text());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, ElementsAre("192.0.2.7"));
}

TEST_F(NameLookupTest, ANameThatIsNotThereIsToldAsThat) {
  const NameServer server(false);
  const auto found = ask("a.strange.", server.text());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(found.error().message, "there is no such name");
}

TEST_F(NameLookupTest, WhereNobodyIsThatIsTold) {
  const auto found = ask("a.known", "127.0.0.1:1");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "no name server can be reached");
}

TEST_F(NameLookupTest, TheFileOfHostsIsRead) {
  const auto found = ask("localhost");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, ::testing::Contains("127.0.0.1"));
}

TEST_F(NameLookupTest, ASilentServerHoldsNoOtherLookupBack) {
  const NameServer silent(true);
  const NameServer server(false);
  const auto never = look_up(
      loop_, "a.known", [](const Answer&) { ADD_FAILURE(); }, silent.text());
  EXPECT_TRUE(ask("b.known", server.text()));
}

}  // namespace
}  // namespace kip::http
