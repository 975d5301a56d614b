#include "nats/client.h"

#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "http/io_context.h"
#include "nats/testing/fake_nats.h"
#include "testing/on_loop.h"

namespace kip::nats {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeNats;
using ::testing::HasSubstr;
using testing::NatsPeer;
using ::testing::StartsWith;

// What the connections' threads saw.
class Seen {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(text));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;  // guarded by mutex_
};

class NatsClientTest : public testing::OnLoop {
 protected:
  NatsClientTest() : OnLoop(http::io_context()) {}

  Client& make(std::vector<ServerUrl> servers, Credentials credentials = {}) {
    limits_.connection.set_up = 300ms;
    limits_.connection.ping = ping_;
    limits_.connection.output = 100 << 10;
    client_ = std::make_unique<Client>(
        loop_,
        Client::Options{
            .servers = std::move(servers),
            .credentials = [credentials]() -> Result<Credentials> { return credentials; },
            .name = "test",
            .limits = limits_},
        Client::Sink{.on_connected = [this] { ++connected_; },
                     .on_disconnected = [this] { ++disconnected_; }});
    return *client_;
  }

  Seen seen_;
  Duration ping_ = 5s;
  Client::Limits limits_{.first_delay = 20ms, .longest_delay = 60ms};
  int connected_ = 0, disconnected_ = 0;
  std::vector<std::string> got_;
  std::unique_ptr<Client> client_;
};

TEST_F(NatsClientTest, SubscribesAndGetsWhatIsPublished) {
  FakeNats server([&](NatsPeer& peer) {
    seen_.add(peer.welcome());
    seen_.add(peer.read_command());
    peer.write("MSG images 1 7\r\nnginx:1\r\nMSG images 9 3\r\nnot\r\nMSG images 1 3\r\nb:2\r\n");
    peer.wait_until_closed();
  });
  Client& client = make({server.url()}, {.user = "u", .password = "p"});
  client.subscribe("images", [&](std::string_view text) { got_.emplace_back(text); });
  client.start();
  EXPECT_TRUE(run_until([&] { return got_.size() == 2; }));
  EXPECT_THAT(got_, ElementsAre("nginx:1", "b:2"));
  EXPECT_THAT(seen_.all(), ElementsAre(HasSubstr("\"user\":\"u\""), "SUB images 1"));
  EXPECT_TRUE(client.is_connected());
  EXPECT_EQ(client.trouble(), "");
}

TEST_F(NatsClientTest, ConnectsAgainWithItsSubscriptionsWhenTheServerEnds) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    seen_.add(peer.read_command());
    if (peer.number < 2) return;
    peer.write("MSG images 1 1\r\na\r\n");
    peer.wait_until_closed();
  });
  Client& client = make({server.url()});
  client.subscribe("images", [&](std::string_view text) { got_.emplace_back(text); });
  client.start();
  EXPECT_TRUE(run_until([&] { return !got_.empty(); }));
  EXPECT_THAT(seen_.all(), ElementsAre("SUB images 1", "SUB images 1", "SUB images 1"));
  EXPECT_EQ(connected_, 3);
}

// Else it would be asked as often as the shortest delay allows, and the log be full of it.
TEST_F(NatsClientTest, AServerThatEndsEachConnectionSoonIsAskedLessAndLess) {
  std::atomic<bool> is_kind = false;
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    if (is_kind) peer.wait_until_closed();
  });
  limits_.first_delay = 50ms;
  limits_.longest_delay = 1h;
  limits_.settled = 500ms;
  Client& client = make({server.url()});
  client.start();
  run_for(2s);
  EXPECT_LT(server.connections(), 16) << "two at least of each delay, which doubles";
  // One that holds is as a new one.
  is_kind = true;
  EXPECT_TRUE(run_until([&] { return client.is_connected(); }));
}

TEST_F(NatsClientTest, AnEndIsToldOnceEach) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    if (peer.number == 1) peer.wait_until_closed();
  });
  make({server.url()}).start();
  EXPECT_TRUE(run_until([&] { return connected_ == 2 && disconnected_ == 1; }));
  client_.reset();
  run_for(10ms);
  EXPECT_EQ(disconnected_, 1) << "who destroys it knows";
}

TEST_F(NatsClientTest, TheNextServerIsTriedWhereOneRefusesOrSaysNothing) {
  FakeNats silent([](NatsPeer& peer) { peer.wait_until_closed(); });
  FakeNats refusing([](NatsPeer& peer) {
    peer.write("INFO {\"auth_required\":true}\r\n");
    peer.read_line();
    peer.write("-ERR 'Authorization Violation'\r\n");
  });
  FakeNats good([](NatsPeer& peer) {
    peer.welcome();
    peer.wait_until_closed();
  });
  Client& client = make({silent.url(), refusing.url(), good.url()});
  client.start();
  EXPECT_TRUE(
      run_until([&] { return client.trouble().find("Authorization") != std::string::npos; }));
  EXPECT_THAT(client.trouble(), HasSubstr("the server says \"Authorization Violation\""));
  EXPECT_TRUE(run_until([&] { return client.is_connected(); }));
  EXPECT_EQ(connected_, 1);
  EXPECT_EQ(silent.connections(), 1);
}

TEST_F(NatsClientTest, WhatIsNoServerOfNatsIsNamed) {
  FakeNats server([](NatsPeer& peer) {
    peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_until_closed();
  });
  Client& client = make({server.url()});
  client.start();
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), HasSubstr("no server of NATS"));
  EXPECT_FALSE(client.publish("images", "x"));
}

TEST_F(NatsClientTest, AServerThatDoesNotAnswerPingIsLeft) {
  ping_ = 50ms;
  FakeNats server([](NatsPeer& peer) {
    peer.welcome();
    peer.wait_until_closed();  // reads, and answers nothing
  });
  Client& client = make({server.url()});
  client.start();
  EXPECT_TRUE(run_until([&] { return connected_ == 2; }));
}

TEST_F(NatsClientTest, PingsOfTheServerAreAnswered) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    peer.write("PING\r\n");
    seen_.add(peer.read_line());
    peer.wait_until_closed();
  });
  make({server.url()}).start();
  EXPECT_TRUE(run_until([&] { return !seen_.all().empty(); }));
  EXPECT_THAT(seen_.all(), ElementsAre("PONG"));
}

TEST_F(NatsClientTest, AServerThatTakesNothingFillsNoMemory) {
  std::atomic<bool> is_over = false;
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    while (!is_over) std::this_thread::sleep_for(5ms);
  });
  Client& client = make({server.url()});
  client.start();
  ASSERT_TRUE(run_until([&] { return client.is_connected(); }));
  // More than the kernel keeps for it, and 100 KiB.
  const std::string payload(1000, 'x');
  int sent = 0;
  EXPECT_TRUE(run_until([&] {
    int now = 0;
    while (client.publish("images", payload)) ++now;
    sent += now;
    return now == 0;
  }));
  EXPECT_LT(sent, 40'000);
  EXPECT_FALSE(client.publish("images", payload));
  is_over = true;
}

TEST_F(NatsClientTest, AMessageLargerThanTheServerTakesIsNotSent) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome("\"max_payload\":10");
    seen_.add(peer.read_command());
    peer.wait_until_closed();
  });
  Client& client = make({server.url()});
  client.start();
  ASSERT_TRUE(run_until([&] { return client.is_connected(); }));
  EXPECT_FALSE(client.publish("images", "01234567890"));
  EXPECT_TRUE(client.publish("images", "0123456789"));
  EXPECT_TRUE(run_until([&] { return !seen_.all().empty(); }));
  EXPECT_THAT(seen_.all(), ElementsAre("images 0123456789"));
}

TEST_F(NatsClientTest, ClosingWaitsUntilTheServerHasAll) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    for (std::string line; !(line = peer.read_command()).empty();) seen_.add(line);
    seen_.add("end");
  });
  Client& client = make({server.url()});
  client.start();
  ASSERT_TRUE(run_until([&] { return client.is_connected(); }));
  bool is_closed = false;
  client.publish("images", "a:1");
  client.publish("images", "b:2");
  client.close(5s, [&] { is_closed = true; });
  EXPECT_TRUE(run_until([&] { return is_closed && seen_.all().size() == 3; }));
  EXPECT_THAT(seen_.all(), ElementsAre("images a:1", "images b:2", "end"));
}

TEST_F(NatsClientTest, ClosingDoesNotWaitForAServerThatIsGone) {
  Client& client = make({ServerUrl{.host = "127.0.0.1", .port = 1}});
  client.start();
  run_for(50ms);
  EXPECT_THAT(client.trouble(), HasSubstr("Connection refused"));
  bool is_closed = false;
  client.close(5s, [&] { is_closed = true; });
  EXPECT_TRUE(run_until([&] { return is_closed; }, 1s));
}

TEST_F(NatsClientTest, CredentialsAreReadForEachConnectionAndOfTheUrlFirst) {
  FakeNats server([&](NatsPeer& peer) { seen_.add(peer.welcome()); });
  ServerUrl url = server.url();
  url.credentials.token = "of-the-url";
  Client& client = make({server.url(), url}, {.token = "of-the-file"});
  client.start();
  EXPECT_TRUE(run_until([&] { return seen_.all().size() >= 2; }));
  EXPECT_THAT(seen_.all()[0], HasSubstr("of-the-file"));
  EXPECT_THAT(seen_.all()[1], HasSubstr("of-the-url"));
}

TEST_F(NatsClientTest, MessagesThatAreTooLargeAreLeftOutAndToldOnce) {
  limits_.connection.input.message = 10;
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    peer.read_command();
    for (int i = 0; i < 100; ++i)
      peer.write("MSG images 1 " + std::to_string(20 + i) + "\r\n" + std::string(20 + i, 'x') +
                 "\r\n");
    peer.write("MSG images 1 3\r\na:1\r\n");
    peer.wait_until_closed();
  });
  Client& client = make({server.url()});
  client.subscribe("images", [&](std::string_view text) { got_.emplace_back(text); });
  ::testing::internal::CaptureStderr();
  client.start();
  EXPECT_TRUE(run_until([&] { return !got_.empty(); }));
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(got_, ElementsAre("a:1"));
  EXPECT_THAT(said, HasSubstr("more than 10 bytes"));
  EXPECT_EQ(said.find("left out"), said.rfind("left out"));
}

TEST_F(NatsClientTest, APermissionThatLacksIsToldAndTheConnectionStays) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    peer.write("-ERR 'Permissions Violation for Publish to \"images\"'\r\nPING\r\n");
    seen_.add(peer.read_line());
    peer.wait_until_closed();
  });
  Client& client = make({server.url()});
  client.start();
  EXPECT_TRUE(run_until([&] { return !seen_.all().empty(); }));
  EXPECT_TRUE(client.is_connected());
}

TEST_F(NatsClientTest, WhoMayNotSubscribeIsNotConnected) {
  FakeNats server([&](NatsPeer& peer) {
    peer.welcome();
    seen_.add(peer.read_line());
    peer.write("-ERR 'Permissions Violation for Subscription to \"images\"'\r\n");
    peer.wait_until_closed();
  });
  Client& client = make({server.url()});
  client.subscribe("images", [](std::string_view) {});
  client.start();
  EXPECT_TRUE(run_until([&] { return seen_.all().size() >= 2; })) << "it tries again";
}

TEST_F(NatsClientTest, IsDestroyedAtAnyTime) {
  FakeNats server([](NatsPeer& peer) {
    peer.welcome();
    peer.wait_until_closed();
  });
  for (int ms = 0; ms < 5; ++ms) {
    make({server.url()}).start();
    run_for(Duration(ms));
    client_.reset();
    run_for(1ms);
  }
}

}  // namespace
}  // namespace kip::nats
