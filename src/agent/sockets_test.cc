#include "agent/sockets.h"

#include <set>

#include <gmock/gmock.h>

namespace kip::agent {
namespace {

using ::testing::HasSubstr;

Result<std::vector<Socket>> sockets(const std::string& given, const std::set<std::string>& there,
                                    const std::string& runtime = "") {
  return sockets_to_try(given, runtime,
                        [&](const std::string& path) { return there.contains(path); });
}

TEST(Sockets, AreTriedInTheirOrder) {
  const auto found =
      sockets("", {"/run/docker.sock", "/run/containerd/containerd.sock", "/run/cri-dockerd.sock"});
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<Socket>{{"/run/cri-dockerd.sock", Socket::Kind::cri},
                                         {"/run/containerd/containerd.sock", Socket::Kind::cri},
                                         {"/run/docker.sock", Socket::Kind::docker}}));
}

TEST(Sockets, AGivenOneIsTheOnlyOne) {
  const std::set<std::string> there = {"/tmp/cri/crio.sock", "/run/containerd/containerd.sock",
                                       "/host/docker.sock"};
  EXPECT_EQ(*sockets("/tmp/cri/crio.sock", there),
            (std::vector<Socket>{{"/tmp/cri/crio.sock", Socket::Kind::cri}}));
  EXPECT_EQ(*sockets("unix:///host/docker.sock", there),
            (std::vector<Socket>{{"/host/docker.sock", Socket::Kind::docker}}));
}

TEST(Sockets, OfARuntimeThatIsNamedAreTheOnlyOnes) {
  const std::set<std::string> there = {"/run/containerd/containerd.sock", "/var/run/docker.sock"};
  EXPECT_EQ(*sockets("", there, "docker"),
            (std::vector<Socket>{{"/var/run/docker.sock", Socket::Kind::docker}}));
  EXPECT_EQ(sockets("", there, "k3s").error().message,
            "there is no socket of k3s; looked for /run/k3s/containerd/containerd.sock");
  EXPECT_THAT(runtime_names(),
              ::testing::ElementsAre("cri-dockerd", "containerd", "crio", "k3s", "k0s", "docker"));
}

TEST(Sockets, AnErrorNamesWhatWasLookedFor) {
  EXPECT_THAT(sockets("", {}).error().message, HasSubstr("/run/k3s/containerd/containerd.sock"));
  EXPECT_THAT(sockets("/tmp/x.sock", {}).error().message, HasSubstr("/tmp/x.sock"));
  EXPECT_THAT(sockets("x.sock", {"x.sock"}).error().message, HasSubstr("absolute"));
}

}  // namespace
}  // namespace kip::agent
