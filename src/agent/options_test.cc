#include "agent/options.h"

#include <gmock/gmock.h>

#include "testing/golden.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FetchOptions, AreThoseOfImagePrefetcherByDefault) {
  const auto options = *read_fetch_options({}).options;
  EXPECT_EQ(options.limits.first_timeout, 30s);
  EXPECT_EQ(options.limits.longest_timeout, 5min);
  EXPECT_EQ(options.limits.first_delay, 1s);
  EXPECT_EQ(options.limits.longest_delay, 10min);
  EXPECT_EQ(options.limits.overall, 20min);
  EXPECT_EQ(options.image_list_timeout, 1min);
  EXPECT_EQ(options.limits.parallelism, 4U);
}

TEST(FetchOptions, FlagsStandBeforeImagesInAnyOfGosSpellings) {
  const auto reading = read_fetch_options(
      {"-cri-socket", "/tmp/cri/containerd.sock", "--image-list-file=/tmp/list/images.txt",
       "--debug", "--overall-timeout", "1h5m", "busybox:1", "quay.io/a/b"});
  ASSERT_TRUE(reading.options) << ::testing::PrintToString(reading.problems);
  EXPECT_EQ(reading.options->cri_socket, "/tmp/cri/containerd.sock");
  EXPECT_EQ(reading.options->image_list_file, "/tmp/list/images.txt");
  EXPECT_TRUE(reading.options->debug);
  EXPECT_EQ(reading.options->limits.overall, 65min);
  EXPECT_THAT(reading.options->images, ElementsAre("busybox:1", "quay.io/a/b"));
}

TEST(FetchOptions, SomeAreGivenSeveralTimes) {
  const auto reading =
      read_fetch_options({"--docker-config=/a", "--docker-config", "/b", "--if-not-present=x",
                          "--if-not-present=y", "x=a:1", "y=b:1"});
  ASSERT_TRUE(reading.options) << ::testing::PrintToString(reading.problems);
  EXPECT_THAT(reading.options->docker_configs, ElementsAre("/a", "/b"));
  EXPECT_THAT(reading.options->if_not_present, ElementsAre("x", "y"));
  EXPECT_THAT(reading.options->images, ElementsAre("x=a:1", "y=b:1"));
}

TEST(FetchOptions, EveryProblemIsNamedAtOnce) {
  const auto reading = read_fetch_options({"--parallelism=0", "--overall-timeout", "soon",
                                           "--format=xml", "--debug=perhaps", "--no-such=1"});
  EXPECT_FALSE(reading.options);
  EXPECT_THAT(reading.problems,
              ElementsAre(HasSubstr("no-such"), HasSubstr("--parallelism: \"0\"; expected"),
                          HasSubstr("--overall-timeout: \"soon\" is not a duration"),
                          HasSubstr("expected log, docker or json"), HasSubstr("--debug: ")));
}

TEST(FetchOptions, AFirstTimeoutMayBeAboveTheLongestAsInImagePrefetcher) {
  const auto reading = read_fetch_options({"--initial-pull-attempt-timeout=6m"});
  ASSERT_TRUE(reading.options) << ::testing::PrintToString(reading.problems);
  EXPECT_EQ(reading.options->limits.first_timeout, 6min);
  EXPECT_EQ(reading.options->limits.longest_timeout, 5min);
}

TEST(FetchOptions, AnEmptyTextIsAsNone) {
  const auto reading = read_fetch_options(
      {"--docker-config=", "--image-list-file=", "--metrics-endpoint=", "--cri-socket=",
       "--image-credential-provider-config=", "--image-credential-provider-bin-dir=", "a"});
  ASSERT_TRUE(reading.options) << ::testing::PrintToString(reading.problems);
  EXPECT_THAT(reading.options->docker_configs, ElementsAre());
  EXPECT_FALSE(reading.options->metrics_endpoint);
}

TEST(FetchOptions, OneOfThePluginsFlagsAloneIsRefused) {
  EXPECT_THAT(read_fetch_options({"--image-credential-provider-bin-dir=/bin"}).problems,
              ElementsAre(HasSubstr("expected both or none")));
}

TEST(FetchOptions, TheRuntimeIsOneOfThoseThatAreLookedFor) {
  EXPECT_EQ(read_fetch_options({"--runtime=crio"}).options->runtime, "crio");
  EXPECT_EQ(read_release_options({"--runtime", "k3s"}).runtime, "k3s");
  EXPECT_THAT(read_fetch_options({"--runtime=podman"}).problems,
              ElementsAre(HasSubstr("\"podman\" is not known; expected cri-dockerd, containerd")));
  EXPECT_THAT(read_fetch_options({"--runtime=crio", "--cri-socket=/x"}).problems,
              ElementsAre(HasSubstr("beside --cri-socket; expected one of the two")));
  EXPECT_EQ(read_release_options({"--runtime=crio", "--cri-socket=/x"}).problems.size(), 1U);
}

TEST(FetchOptions, TheLimitOfTheDiskIsAPercentage) {
  const auto limit = [](const std::string& text) {
    const auto reading = read_fetch_options({"--disk-limit=" + text});
    return reading.options ? std::to_string(reading.options->disk_limit) : reading.problems.at(0);
  };
  EXPECT_EQ(read_fetch_options({}).options->disk_limit, 85);
  EXPECT_EQ(limit("0"), "0");
  EXPECT_EQ(limit("100"), "100");
  for (const char* wrong : {"101", "-1", "85%", "", "8.5"})
    EXPECT_THAT(limit(wrong), HasSubstr("expected a whole number from 0 to 100")) << wrong;
}

TEST(FetchOptions, AFlagBehindAnImageIsNoImage) {
  const auto reading = read_fetch_options({"busybox", "--debug", "--parallelism", "2", "alpine"});
  ASSERT_TRUE(reading.options) << ::testing::PrintToString(reading.problems);
  EXPECT_TRUE(reading.options->debug);
  EXPECT_EQ(reading.options->limits.parallelism, 2U);
  EXPECT_THAT(reading.options->images, ElementsAre("busybox", "alpine"));
  EXPECT_THAT(read_fetch_options({"busybox", "--dbug"}).problems,
              ElementsAre(HasSubstr("\"--dbug\" is an unknown flag")));
  EXPECT_THAT(read_fetch_options({"a", "--", "--debug"}).options->images,
              ElementsAre("a", "--debug"));
}

TEST(FetchOptions, AnEndpointForMetricsIsAHostAndAPort) {
  const auto endpoint = [](const std::string& text) {
    const auto reading = read_fetch_options({"--metrics-endpoint=" + text});
    return reading.options ? reading.options->metrics_endpoint->host_and_port()
                           : reading.problems.at(0);
  };
  EXPECT_EQ(endpoint("my-images-metrics:8443"), "my-images-metrics:8443");
  EXPECT_EQ(endpoint("10.0.0.1:80"), "10.0.0.1:80");
  EXPECT_EQ(endpoint("[fd00::1]:8443"), "[fd00::1]:8443");
  for (const char* wrong : {"metrics", "metrics:", ":8443", "metrics:0", "metrics:65536",
                            "metrics:https", "http://metrics:8443", "metrics:8443/", "a b:1",
                            "user@metrics:8443", "fd00::1:8443", "metrics:8443?x=1"})
    EXPECT_THAT(endpoint(wrong), HasSubstr("expected host:port")) << wrong;
}

TEST(InstanceName, IsWhatALabelMayHold) {
  const auto name = [](const std::string& text) {
    return instance_name("", {{"INSTANCE_NAME", text}});
  };
  EXPECT_EQ(name("my-images"), "my-images");
  EXPECT_EQ(name("a b//c"), "a-b-c");
  EXPECT_EQ(name("-x_."), "x");
  EXPECT_EQ(name(""), "prefetcher");
  EXPECT_EQ(name("/"), "prefetcher");
  EXPECT_EQ(name(std::string(70, 'a')), std::string(63, 'a'));
  EXPECT_EQ(instance_name("", {}), "prefetcher");
  EXPECT_EQ(instance_name("given", {{"INSTANCE_NAME", "other"}}), "given");
  EXPECT_EQ(read_fetch_options({"--pin", "--instance=a"}).options->instance, "a");
  EXPECT_EQ(read_release_options({"--instance", "a", "--cri-socket=/x"}).instance, "a");
  EXPECT_EQ(read_release_options({"--pin"}).problems.size(), 1U);
}

TEST(PullerName, OfTwoWithoutAnInstanceIsAnotherAsTheyMustShareNoLease) {
  EXPECT_EQ(puller_name({}, {}, "a-x7abc"), "a-x7abc");
  EXPECT_EQ(puller_name({}, {{"INSTANCE_NAME", "a"}}, "a-x7abc"), "a");
  EXPECT_EQ(puller_name({.instance = "given"}, {}, "a-x7abc"), "given");
  EXPECT_EQ(puller_name({.pin = true}, {}, "a-x7abc"), instance_name("", {}))
      << "as release has it";
}

TEST(FetchOptions, TheTableOfTheDocumentationIsThatOfTheGoldenFile) {
  kip::testing::expect_golden(fetch_markdown(), "src/agent/testdata/fetch-flags.md");
}

// It was taken for a release of all pins.
TEST(ReleaseOptions, HelpIsAskedForAndNothingElse) {
  EXPECT_TRUE(read_release_options({"--help"}).wants_help);
  EXPECT_TRUE(read_release_options({"--instance=a", "-h"}).wants_help);
  EXPECT_FALSE(read_release_options({"--instance=a"}).wants_help);
  EXPECT_THAT(release_help(), HasSubstr("--instance"));
}

TEST(FetchOptions, HelpNamesEveryFlag) {
  EXPECT_TRUE(read_fetch_options({"--help"}).wants_help);
  for (const char* flag : {"--cri-socket", "--parallelism", "--overall-timeout", "--report"})
    EXPECT_THAT(fetch_help(), HasSubstr(flag));
}

}  // namespace
}  // namespace kip::agent
