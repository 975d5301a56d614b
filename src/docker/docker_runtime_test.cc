#include "docker/docker_runtime.h"

#include <optional>

#include "docker/testing/docker_test.h"

namespace kip::docker {
namespace {

using ::testing::ElementsAre;
using testing::EnginePeer;
using testing::reference;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;

// As Docker 20.10 writes it, shortened.
constexpr const char* image_json =
    R"({"Id":"sha256:5bfd","RepoTags":["r.test/a:1","busybox:1"],"RepoDigests":["busybox@sha256:bb",)"
    R"("r.test/a@sha256:aa"],"Size":20000,"VirtualSize":20000,"Config":{"Labels":null}})";

class DockerRuntimeTest : public testing::DockerTest {
 protected:
  void answer(int status, const std::string& body) {
    serve([=](EnginePeer& peer, auto&) { peer.answer(status, body); });
    of_.emplace(loop_, engine_->socket());
  }
  template <class T>
  Result<T, runtime::Failure> wait(
      const std::function<HandlePtr(runtime::Runtime::Answer<T>)>& call) {
    std::optional<Result<T, runtime::Failure>> got;
    const auto handle = call([&](const auto& result) { got.emplace(result); });
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value();
  }
  Result<std::string, runtime::Failure> version() {
    return wait<std::string>([&](auto done) { return of_->version(std::move(done)); });
  }
  Result<std::optional<runtime::Image>, runtime::Failure> look(const std::string& image) {
    return wait<std::optional<runtime::Image>>(
        [&](auto done) { return of_->look(reference(image), std::move(done)); });
  }
  Result<std::vector<runtime::Image>, runtime::Failure> list() {
    return wait<std::vector<runtime::Image>>(
        [&](auto done) { return of_->list(patience_, std::move(done)); });
  }

  std::optional<DockerRuntime> of_;
  Duration patience_ = 30s;
};

TEST_F(DockerRuntimeTest, TheVersionIsTheEngines) {
  answer(200, R"({"Version":"20.10.24+dfsg1","ApiVersion":"1.41"})");
  EXPECT_EQ(*version(), "docker 20.10.24+dfsg1");
  answer(200, "{}");
  EXPECT_EQ(version().error().kind, Kind::other);
  answer(500, R"({"message":"ill"})");
  EXPECT_EQ(version().error().message, "ill");
}

TEST_F(DockerRuntimeTest, AnImageThatIsThereHasTheDigestOfItsRepository) {
  answer(200, image_json);
  const runtime::Image expected{.id = "sha256:5bfd",
                                .digest = "sha256:aa",
                                .bytes = 20000,
                                .tags = {"r.test/a:1", "busybox:1"}};
  EXPECT_EQ(**look("r.test/a:1"), expected);
  EXPECT_EQ(engine_->asked().back(), "GET /v1.41/images/r.test/a%3A1/json");
  EXPECT_EQ((*look("busybox"))->digest, "sha256:bb");
  EXPECT_EQ(engine_->asked().back(), "GET /v1.41/images/docker.io/library/busybox%3Alatest/json");
  EXPECT_EQ((*look("r.test/other"))->digest, "");
}

TEST_F(DockerRuntimeTest, AnImageThatWasLoadedHasNoDigest) {
  answer(200, R"({"Id":"sha256:5b","RepoTags":null,"RepoDigests":null})");
  EXPECT_EQ(**look("r.test/a:1"), (runtime::Image{.id = "sha256:5b"}));
}

TEST_F(DockerRuntimeTest, AnImageThatIsNotThereIsNothing) {
  answer(404, R"({"message":"no such image: r.test/a:1: No such image: r.test/a:1"})");
  EXPECT_EQ(*look("r.test/a:1"), std::nullopt);
}

TEST_F(DockerRuntimeTest, AnOddAnswerToALookIsAFailure) {
  for (const auto* body : {"{}", "[]", "no JSON", "{\"Id\":5}", ""}) {
    answer(200, body);
    const auto found = look("r.test/a:1");
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().kind, Kind::other);
    EXPECT_THAT(found.error().message, StartsWith("the Docker Engine's answer is not"));
  }
  answer(500, R"({"message":"ill"})");
  EXPECT_EQ(look("r.test/a:1").error().message, "ill");
}

TEST_F(DockerRuntimeTest, AllImagesAreListed) {
  answer(200,
         "[" + std::string(image_json) +
             R"(,{"Id":"sha256:22","RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"],)"
             R"("Size":-1},{"Id":"sha256:33","RepoTags":null,"RepoDigests":[5]}])");
  const auto all = list();
  ASSERT_TRUE(all);
  EXPECT_THAT(*all,
              ElementsAre(runtime::Image{.id = "sha256:5bfd",
                                         .digest = "sha256:bb",
                                         .bytes = 20000,
                                         .tags = {"r.test/a:1", "busybox:1"}},
                          runtime::Image{.id = "sha256:22"}, runtime::Image{.id = "sha256:33"}));
  EXPECT_EQ(engine_->asked().back(), "GET /v1.41/images/json");
  answer(200, "{}");
  EXPECT_EQ(list().error().kind, Kind::other);
}

TEST_F(DockerRuntimeTest, SaysWhereImagesAre) {
  const auto store = [this] {
    return wait<std::optional<std::string>>([&](auto done) { return of_->store(std::move(done)); });
  };
  answer(200, R"({"DockerRootDir":"/var/lib/docker"})");
  EXPECT_EQ(*store(), "/var/lib/docker");
  EXPECT_EQ(engine_->asked().back(), "GET /v1.41/info");
  answer(200, "{}");
  EXPECT_EQ(*store(), std::nullopt);
  answer(500, R"({"message":"ill"})");
  EXPECT_EQ(store().error().message, "ill");
}

TEST_F(DockerRuntimeTest, AListHasItsTime) {
  serve([](EnginePeer& peer, auto&) { peer.wait_until_closed(); });
  of_.emplace(loop_, engine_->socket());
  patience_ = 100ms;
  EXPECT_EQ(list().error().kind, Kind::timeout);
}

TEST_F(DockerRuntimeTest, AnEngineThatIsGoneIsSaidToBe) {
  answer(200, "{}");
  const auto socket = engine_->socket();
  engine_.reset();
  for (const auto& failure : {version().error(), look("a").error(), list().error()}) {
    EXPECT_EQ(failure.kind, Kind::runtime_gone);
    EXPECT_EQ(failure.message, "cannot connect to " + socket + ": No such file or directory");
  }
}

}  // namespace
}  // namespace kip::docker
