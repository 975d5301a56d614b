#include "kube/access/connect.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "http/io_context.h"
#include "testing/transport_test.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;
using testing::answer_all;
using testing::FakeServer;
using testing::Peer;

class ConnectTest : public ::testing::Test {
 protected:
  Connection connect_to(const FakeServer& server) {
    const auto file =
        std::filesystem::temp_directory_path() / ("kip-connect-" + std::to_string(::getpid()));
    std::ofstream(file) << "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:"
                        << server.port() << "'}}]\n"
                        << "users: [{name: u, user: {}}]\n"
                        << "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
                        << "current-context: x\n";
    auto connection = connect({{"KUBECONFIG", file}}, loop_);
    std::filesystem::remove(file);
    EXPECT_TRUE(connection) << connection.error().message;
    return std::move(*connection);
  }

  http::Answer get(http::Transport& from) {
    std::optional<http::Answer> answer;
    const auto handle = from.send({.path = "/x"}, [&](http::Answer result) {
      answer = std::move(result);
      loop_.stop();
    });
    const auto patience = loop_.after(5s, [this] { loop_.stop(); });
    loop_.run();
    return answer ? *answer : http::Answer(http::Error(permanent("nothing in 5 s")));
  }

  Loop loop_{http::io_context()};
};

TEST_F(ConnectTest, ASecondWayToTheClusterHasAConnectionOfItsOwn) {
  FakeServer server(answer_all);
  const auto connection = connect_to(server);
  const auto second = connection.open({});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(get(*connection.transport));
    EXPECT_TRUE(get(*second));
  }
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(ConnectTest, ASecondWayToTheClusterHasDeadlinesOfItsOwn) {
  FakeServer mute([](Peer& peer) { peer.wait_until_closed(); });
  const auto connection = connect_to(mute);
  const auto second = connection.open({.read_deadline = 100ms, .write_deadline = 100ms});
  const auto answer = get(*second);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("within 100ms"));
}

}  // namespace
}  // namespace kip::kube
