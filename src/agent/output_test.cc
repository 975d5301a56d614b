#include "agent/output.h"

#include <gmock/gmock.h>

#include "testing/settings.h"

namespace kip::agent {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Outcome = ImageResult::Outcome;
using kip::testing::reference;

const std::string digest = "sha256:" + std::string(64, 'd');

class DockerOutputTest : public ::testing::Test {
 protected:
  void ended(const std::string& text, Outcome outcome) {
    const auto image = reference(text);
    const Attempt attempt{image, 0, none, 30s};
    output->on_ended({.image = text, .outcome = outcome, .digest = digest}, &attempt);
  }
  const registry::Credentials none;
  std::vector<std::string> lines;
  std::unique_ptr<Output> output =
      make_docker_output("n1", [this](const std::string& line) { lines.push_back(line); });
};

TEST_F(DockerOutputTest, SaysWhatDockerSays) {
  output->on_begin(2);
  ended("busybox", Outcome::downloaded);
  ended("quay.io/eclipse/che:next", Outcome::up_to_date);
  EXPECT_THAT(
      lines,
      ElementsAre("Pulling images on node 'n1'...", "Pulling 'busybox'...",
                  "Using default tag: latest", "latest: Pulling from library/busybox",
                  "Digest: " + digest, "Status: Downloaded newer image for busybox:latest",
                  "Pulling 'quay.io/eclipse/che:next'...", "next: Pulling from eclipse/che",
                  "Digest: " + digest, "Status: Image is up to date for quay.io/eclipse/che:next"));
}

TEST_F(DockerOutputTest, SaysWhyAnAttemptFailed) {
  const auto image = reference("r.test/a:1");
  output->on_failed_attempt({image, 0, none, 30s},
                            {runtime::Failure::Kind::not_found, "manifest unknown"}, 1s);
  EXPECT_THAT(lines, ElementsAre("Pulling 'r.test/a:1'...",
                                 "Error response from daemon: manifest unknown"));
}

TEST_F(DockerOutputTest, SaysWhichTagIsMeantAlsoOfOneThatFailed) {
  const auto image = reference("failme");
  output->on_failed_attempt({image, 0, none, 30s},
                            {runtime::Failure::Kind::not_found, "pull access denied"}, 1s);
  EXPECT_THAT(lines, ElementsAre("Pulling 'failme'...", "Using default tag: latest",
                                 "Error response from daemon: pull access denied"));
}

TEST_F(DockerOutputTest, NamesADigestWithItsRepository) {
  ended("busybox@" + digest, Outcome::downloaded);
  EXPECT_THAT(
      lines,
      ElementsAre("Pulling 'busybox@" + digest + "'...",
                  "docker.io/library/busybox@" + digest + ": Pulling from library/busybox",
                  "Digest: " + digest, "Status: Downloaded newer image for busybox@" + digest));
}

// Docker Engine gives the registry's own words.
TEST_F(DockerOutputTest, ARegistryWritesNoLinesAndNoEscapeCodes) {
  const auto image = reference("r.test/a:1");
  output->on_failed_attempt({image, 0, none, 30s},
                            {runtime::Failure::Kind::other, "no \"x\"\nStatus: \x1b[2JDownloaded"},
                            1s);
  EXPECT_EQ(lines.back(), R"(Error response from daemon: no "x"\nStatus: \x1B[2JDownloaded)");
}

TEST(LogOutput, HasTheMessagesAndKeysOfImagePrefetcherAndNoPassword) {
  ::testing::internal::CaptureStderr();
  const auto output = make_log_output();
  const auto image = reference("r.test/a:1");
  const registry::Credentials credentials{.username = "me", .password = "s3cret"};
  const Attempt attempt{image, 1, credentials, 30s};
  output->on_attempt(attempt);
  output->on_failed_attempt(attempt, {runtime::Failure::Kind::network, "no route"}, 1500ms);
  output->on_wait(attempt, 2s);
  output->on_ended({.image = "r.test/a:1", .outcome = Outcome::downloaded, .digest = digest},
                   &attempt);
  output->on_all_ended({}, 3s);
  const std::string text = ::testing::internal::GetCapturedStderr();
  for (const char* part :
       {R"(msg="attempting image pull" image=r.test/a:1 authNum=1 authServer=r.test )"
        R"(authUsername=me timeout=30s)",
        R"(msg="image failed to pull" image=r.test/a:1 authNum=1 authServer=r.test )"
        R"(authUsername=me error="no route" kind=network timeout=30s elapsed=1.5s)",
        R"(msg="sleeping before retry")", R"(msg="image pulled successfully")",
        R"(msg="pulling images finished")"})
    EXPECT_THAT(text, ::testing::HasSubstr(part));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("s3cret")));
}

TEST(LogOutput, TellsHowFarEachImageAndAllAre) {
  ::testing::internal::CaptureStderr();
  make_log_output()->on_progress({.images = 3,
                                  .ended = 1,
                                  .done = 50,
                                  .total = 100,
                                  .rate = 5,
                                  .under_way = {{"r.test/a:1", {10, 40}}, {"r.test/b:1", {}}}});
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, ::testing::HasSubstr(
                        R"(msg="downloading image" image=r.test/a:1 done=25% bytes=10 total=40)"));
  EXPECT_THAT(text, ::testing::HasSubstr(R"(msg="downloading" images=1/3 done=50% bytes=50 )"
                                         R"(total=100 bytesPerSecond=5 left=10s)"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("r.test/b:1")));
}

}  // namespace
}  // namespace kip::agent
