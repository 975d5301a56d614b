#include "controller/nats_subscription.h"

#include <gmock/gmock.h>

#include "http/io_context.h"
#include "nats/testing/fake_nats.h"
#include "testing/on_loop.h"

namespace kip::controller {
namespace {

using ::testing::ElementsAre;
using testing::FakeNats;
using testing::NatsPeer;

class NatsSubscriptionTest : public testing::OnLoop {
 protected:
  NatsSubscriptionTest() : OnLoop(http::io_context()) {}
};

TEST_F(NatsSubscriptionTest, HearsOfTheSubjectAndOfTheServersEndsUntilItIsDestroyed) {
  FakeNats server([](NatsPeer& peer) {
    peer.welcome();
    if (peer.read_command() != "SUB warm.images 1") return;
    peer.write("MSG warm.images 1 7\r\nnginx:1\r\n");
    if (peer.number > 0) peer.wait_until_closed();
  });
  std::vector<std::string> got;
  int connected = 0, disconnected = 0;
  HandlePtr subscription = nats_subscriptions(loop_)(
      {.servers = {server.url()}, .subject = "warm.images"},
      {.on_message = [&](std::string_view payload) { got.emplace_back(payload); },
       .on_connected = [&] { ++connected; },
       .on_disconnected = [&] { ++disconnected; }});
  EXPECT_TRUE(run_until([&] { return got.size() == 2; }));
  EXPECT_THAT(got, ElementsAre("nginx:1", "nginx:1"));
  EXPECT_EQ(connected, 2);
  EXPECT_EQ(disconnected, 1);
  subscription.reset();
  run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace kip::controller
