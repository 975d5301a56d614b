#include "agent/follow_options.h"

#include <gmock/gmock.h>

#include "testing/golden.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(FollowOptions, TheEnvironmentOfKubernetesWarmImagesIsAllThatIsNeeded) {
  const auto reading = read_follow_options({}, {{"APP", "AGENT"},
                                                {"LISTEN_ADDR", ":8081"},
                                                {"NATS_ADDR", "nats://wi-nats-client:4222"},
                                                {"IMAGES", "of.mine"},
                                                {"DOCKER_SOCKET", "unix:///var/run/docker.sock"},
                                                {"HOST_IP", "10.0.0.7"}});
  ASSERT_TRUE(reading.options);
  EXPECT_EQ(reading.options->nats.servers.front().host, "wi-nats-client");
  EXPECT_EQ(reading.options->nats.subject, "of.mine");
  EXPECT_EQ(*reading.options->listen, (http::ListenAddress{"", 8081}));
  EXPECT_EQ(reading.options->docker_socket, "unix:///var/run/docker.sock");
  EXPECT_EQ(reading.options->host, "10.0.0.7");
}

TEST(FollowOptions, FlagsCountForMore) {
  const auto reading = read_follow_options(
      {"--listen-address=", "--list-file=/list", "--parallelism=2", "--pin",
       "--nats=", "--ask-again-after=2h", "--docker-config=/a", "--docker-config", "/b"},
      {{"LISTEN_ADDR", ":8081"}, {"NATS_ADDR", "nats://a"}});
  ASSERT_TRUE(reading.options);
  EXPECT_FALSE(reading.options->listen);
  EXPECT_TRUE(reading.options->nats.servers.empty());
  EXPECT_EQ(reading.options->follower.limits.parallelism, 2U);
  EXPECT_EQ(reading.options->follower.limits.ask_again, 2h);
  EXPECT_TRUE(reading.options->follower.pin);
  EXPECT_THAT(reading.options->docker_configs, ElementsAre("/a", "/b"));
}

TEST(FollowOptions, AllThatIsWrongIsSaidAtOnce) {
  const auto reading = read_follow_options(
      {"--ask-again-after=1m", "--listen-address=8080", "--cri-socket=/a", "--runtime=docker", "x"},
      {{"NATS_ADDR", "http://a"}, {"LISTEN_ADDR", "host:1"}});
  EXPECT_FALSE(reading.options);
  EXPECT_THAT(
      reading.problems,
      UnorderedElementsAre(HasSubstr("NATS_ADDR: "), HasSubstr("LISTEN_ADDR: \"host:1\""),
                           HasSubstr("--ask-again-after: \"1m\"; expected 5m"),
                           HasSubstr("--listen-address: \"8080\""),
                           HasSubstr("beside --cri-socket"), HasSubstr("\"x\" is not expected")));
}

TEST(FollowOptions, WithoutAnythingToFollowItSaysWhatIsExpected) {
  EXPECT_THAT(read_follow_options({}, {}).problems, ElementsAre(HasSubstr("NATS_ADDR")));
}

TEST(FollowOptions, TheTableForTheDocumentation) {
  kip::testing::expect_golden(follow_markdown(), "src/agent/testdata/follow-flags.md");
}

}  // namespace
}  // namespace kip::agent
