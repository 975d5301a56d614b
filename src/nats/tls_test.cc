// TLS after INFO, as a server wants it or a URL.
#include <atomic>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "http/io_context.h"
#include "nats/client.h"
#include "nats/testing/fake_nats.h"
#include "testing/on_loop.h"

namespace kip::nats {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::FakeNats;
using ::testing::HasSubstr;
using testing::NatsPeer;

class NatsTlsTest : public testing::OnLoop {
 protected:
  NatsTlsTest() : OnLoop(http::io_context()) {
    ca_file_ = std::filesystem::temp_directory_path() /
               ("kip-nats-ca-" + std::to_string(getpid()) + ".pem");
    std::ofstream(ca_file_) << authority_.pem();
  }
  ~NatsTlsTest() override { std::filesystem::remove(ca_file_); }

  Client& make(ServerUrl server) {
    client_ = std::make_unique<Client>(
        loop_,
        Client::Options{.servers = {std::move(server)},
                        .name = "test",
                        .tls = {.ca_file = ca_file_.string()},
                        .limits = {.first_delay = 20ms, .longest_delay = 60ms}},
        Client::Sink{});
    client_->subscribe("images", [&](std::string_view text) { got_.emplace_back(text); });
    client_->start();
    return *client_;
  }
  static void serve(NatsPeer& peer) {
    if (peer.welcome("\"tls_required\":true").empty()) return;
    peer.read_command();
    peer.write("MSG images 1 3\r\na:1\r\n");
    peer.wait_until_closed();
  }

  testing::Authority authority_;
  std::filesystem::path ca_file_;
  std::vector<std::string> got_;
  std::unique_ptr<Client> client_;
};

TEST_F(NatsTlsTest, AServerThatWantsTlsGetsIt) {
  FakeNats server(serve, authority_.issue("nats", "IP:127.0.0.1"));
  make(server.url());
  EXPECT_TRUE(run_until([&] { return !got_.empty(); }));
}

TEST_F(NatsTlsTest, AServerWithAnotherNameIsNotTrusted) {
  FakeNats server(serve, authority_.issue("nats", "DNS:other"));
  const Client& client = make(server.url());
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), AllOf(HasSubstr("not trusted"), HasSubstr("DNS:other"),
                                      HasSubstr("expected one for \"127.0.0.1\"")));
  EXPECT_TRUE(got_.empty());
}

TEST_F(NatsTlsTest, AServerOfAnotherAuthorityIsNotTrusted) {
  const testing::Authority other("other-ca");
  FakeNats server(serve, other.issue("nats", "IP:127.0.0.1"));
  const Client& client = make(server.url());
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), HasSubstr(ca_file_.string()));
}

TEST_F(NatsTlsTest, NoPasswordGoesToAServerWithoutTlsWhereTheUrlAsksForIt) {
  std::atomic<bool> got_a_line = false;
  FakeNats server([&](NatsPeer& peer) {
    peer.write("INFO {}\r\n");
    got_a_line = !peer.read_line().empty();
  });
  ServerUrl url = server.url();
  url.tls = true;
  url.credentials = {.user = "u", .password = "p"};
  const Client& client = make(url);
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), HasSubstr("has no TLS"));
  EXPECT_FALSE(got_a_line);
}

// Else who sits between could have it by leaving tls_required out.
TEST_F(NatsTlsTest, NorWhereACaIsGiven) {
  std::atomic<bool> got_a_line = false;
  FakeNats server([&](NatsPeer& peer) {
    peer.write("INFO {}\r\n");
    got_a_line = !peer.read_line().empty();
  });
  ServerUrl url = server.url();
  url.credentials = {.user = "u", .password = "p"};
  const Client& client = make(url);
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), HasSubstr("has no TLS"));
  EXPECT_FALSE(got_a_line);
}

TEST_F(NatsTlsTest, WhatComesBetweenInfoAndTlsIsRefused) {
  FakeNats server([](NatsPeer& peer) {
    peer.write("INFO {\"tls_required\":true}\r\nINFO {\"max_payload\":9}\r\n");
    peer.wait_until_closed();
  });
  const Client& client = make(server.url());
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), HasSubstr("more than INFO"));
}

TEST_F(NatsTlsTest, ACaFileThatCannotBeReadIsNamed) {
  FakeNats server(serve, authority_.issue("nats", "IP:127.0.0.1"));
  std::filesystem::remove(ca_file_);
  const Client& client = make(server.url());
  EXPECT_TRUE(run_until([&] { return server.connections() > 1; }));
  EXPECT_THAT(client.trouble(), HasSubstr("the CA of NATS"));
  std::ofstream(ca_file_) << authority_.pem();  // mounted late
  EXPECT_TRUE(run_until([&] { return !got_.empty(); }));
}

}  // namespace
}  // namespace kip::nats
