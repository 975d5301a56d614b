#include "docker/engine.h"

#include <optional>

#include "docker/testing/docker_test.h"

namespace kip::docker {
namespace {

using ::testing::ElementsAre;
using testing::EnginePeer;
using namespace std::chrono_literals;
using Kind = runtime::Failure::Kind;
using Answer = Result<http::Response, runtime::Failure>;

TEST(VersionPath, IsTheNewestThatBothSidesKnow) {
  const struct {
    const char *newest, *path;
  } cases[] = {
      {"1.41", "/v1.41"},  // Docker 20.10
      {"1.44", "/v1.44"},  // 25
      {"1.52", "/v1.44"},  // 29
      {"1.9", "/v1.9"},   {"2.0", "/v1.44"}, {"", ""},      {"1", ""},
      {"1.", ""},         {"1.4x", ""},      {"-1.44", ""}, {"1.99999999999", ""},
  };
  for (const auto& each : cases) EXPECT_EQ(version_path(each.newest), each.path) << each.newest;
}

class EngineTest : public testing::DockerTest {
 protected:
  void serve(const std::string& newest, int status = 200) {
    DockerTest::serve([status](EnginePeer& peer, auto&) { peer.answer(status, "x"); }, newest);
  }
  Answer get(Engine& engine, Duration deadline = 10s) {
    std::optional<Answer> got;
    const auto handle = engine.send({.target = "/x", .deadline = deadline}, nullptr,
                                    [&](const Answer& answer) { got.emplace(answer); });
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value();
  }
  Answer get() {
    Engine engine(loop_, engine_->socket());
    return get(engine);
  }
};

TEST_F(EngineTest, AnOldOneIsAskedUnderItsOwnVersion) {
  serve("1.41");
  EXPECT_EQ(get()->body, "x");
  EXPECT_THAT(engine_->asked(), ElementsAre("GET /_ping", "GET /v1.41/x"));
}

TEST_F(EngineTest, ANewOneIsAskedUnderTheOldestThatItTakes) {
  serve("1.52");
  engine_->set_versions("1.52", "1.44");
  EXPECT_TRUE(get());
  EXPECT_THAT(engine_->asked(), ElementsAre("GET /_ping", "GET /v1.44/_ping", "GET /v1.44/x"));
}

TEST_F(EngineTest, OneThatTakesOnlyNewerVersionsIsAskedUnderItsOwn) {
  serve("1.70");
  engine_->set_versions("1.70", "1.50");
  EXPECT_TRUE(get());
  EXPECT_THAT(engine_->asked(), ElementsAre("GET /_ping", "GET /v1.44/_ping", "GET /v1.70/x"));
}

TEST_F(EngineTest, OneThatTellsNoVersionIsAskedWithoutOne) {
  serve("");
  EXPECT_TRUE(get());
  EXPECT_THAT(engine_->asked(), ElementsAre("GET /_ping", "GET /x"));
}

TEST_F(EngineTest, TheVersionIsFoundOnce) {
  serve("1.41");
  Engine engine(loop_, engine_->socket());
  EXPECT_TRUE(get(engine));
  EXPECT_TRUE(get(engine));
  EXPECT_THAT(engine_->asked(), ElementsAre("GET /_ping", "GET /v1.41/x", "GET /v1.41/x"));
}

TEST_F(EngineTest, TheVersionIsFoundAgainAfterAnotherEngineCameUp) {
  serve("1.52");
  Engine engine(loop_, engine_->socket());
  EXPECT_TRUE(get(engine));
  engine_->set_versions("1.41", "1.12");
  EXPECT_EQ(get(engine)->status, 400);
  EXPECT_EQ(get(engine)->status, 200);
  EXPECT_EQ(engine_->asked().back(), "GET /v1.41/x");
}

TEST_F(EngineTest, TheDeadlineIsForFindingTheVersionToo) {
  DockerTest::serve([](EnginePeer& peer, auto&) { peer.wait_until_closed(); });
  Engine engine(loop_, engine_->socket());
  const auto begun = loop_.now();
  EXPECT_EQ(get(engine, 100ms).error().kind, Kind::timeout);
  EXPECT_LT(loop_.now() - begun, 5s);
}

TEST_F(EngineTest, OneThatIsNotThereIsGone) {
  serve("1.41");
  Engine engine(loop_, engine_->socket() + ".none");
  EXPECT_EQ(get(engine).error().kind, Kind::runtime_gone);
}

}  // namespace
}  // namespace kip::docker
