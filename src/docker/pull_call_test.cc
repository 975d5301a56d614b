#include "docker/pull_call.h"

#include <condition_variable>
#include <optional>

#include "base/base64.h"
#include "base/json.h"
#include "docker/docker_runtime.h"
#include "docker/testing/docker_test.h"

namespace kip::docker {
namespace {

using ::testing::ElementsAre;
using testing::EnginePeer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::reference;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using runtime::Progress;
using Kind = runtime::Failure::Kind;
using Pulled = Result<runtime::Pulled, runtime::Failure>;

constexpr const char* up_to_date = R"({"status":"Status: Image is up to date for r.test/a:1"})";

std::string downloading(int current, int total = 100, const std::string& layer = "l") {
  return R"({"status":"Downloading","progressDetail":{"current":)" + std::to_string(current) +
         R"(,"total":)" + std::to_string(total) + R"(},"id":")" + layer + "\"}";
}

TEST(NameForEngine, IsWholeAndNamesOneImage) {
  const auto digest = "sha256:" + std::string(64, 'a');
  const std::pair<std::string, std::string> cases[] = {
      {"cafe", "docker.io/library/cafe:latest"},      {"org/app:1.2", "docker.io/org/app:1.2"},
      {"r.test:5000/a/b:1", "r.test:5000/a/b:1"},     {"r.test/a@" + digest, "r.test/a@" + digest},
      {"r.test/a:1@" + digest, "r.test/a@" + digest},
  };
  for (const auto& [text, name] : cases) EXPECT_EQ(name_for_engine(reference(text)), name) << text;
}

TEST(RegistryAuth, IsPaddedAndNamesTheRegistry) {
  const auto auth = [](const registry::Credentials& shown, const std::string& image) {
    auto text = registry_auth(shown, reference(image));
    EXPECT_EQ(text.size() % 4, 0U);
    EXPECT_THAT(text, ::testing::MatchesRegex("[A-Za-z0-9_-]*=?=?"));
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    return from_base64(text).value();
  };
  EXPECT_EQ(auth({.username = "ann", .password = "p?s>w\"d"}, "r.test:5000/a"),
            R"({"password":"p?s>w\"d","serveraddress":"r.test:5000","username":"ann"})");
  EXPECT_EQ(
      auth({.username = "ann", .identity_token = "t0"}, "busybox"),
      R"({"identitytoken":"t0","serveraddress":"https://index.docker.io/v1/","username":"ann"})");
  EXPECT_EQ(auth({.registry_token = "t1"}, "r.test/a"),
            R"({"registrytoken":"t1","serveraddress":"r.test"})");
}

class PullCallTest : public testing::DockerTest {
 protected:
  HandlePtr begin(std::optional<Pulled>& into, Duration patience = 10s,
                  const std::string& image = "r.test/a:1",
                  const registry::Credentials& shown = {}) {
    if (!of_) of_.emplace(loop_, engine_->socket());
    return of_->pull(
        {reference(image), shown, patience}, [this](Progress now) { progress_.push_back(now); },
        [&into](const Pulled& answer) { into.emplace(answer); });
  }
  Pulled pull(Duration patience = 10s, const std::string& image = "r.test/a:1",
              const registry::Credentials& shown = {}) {
    std::optional<Pulled> got;
    const auto handle = begin(got, patience, image, shown);
    EXPECT_FALSE(got.has_value());
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value();
  }
  void answer_lines(std::vector<std::string> lines) {
    of_.reset();
    serve([lines](EnginePeer& peer, auto&) { peer.answer_lines(lines); });
  }
  // The server's lines come, and then the connection does what `end` does with it.
  void answer_lines_and(std::vector<std::string> lines, std::function<void(EnginePeer&)> end) {
    of_.reset();
    serve([lines, end](EnginePeer& peer, auto&) {
      peer.begin_chunks();
      for (const auto& line : lines) peer.chunk(line + "\r\n");
      end(peer);
    });
  }

  std::vector<Progress> progress_;
  std::optional<DockerRuntime> of_;
};

TEST_F(PullCallTest, APullAsksForOneTagAndShowsNothingToTheRegistry) {
  answer_lines({up_to_date});
  EXPECT_TRUE(pull());
  EXPECT_THAT(engine_->asked(),
              ElementsAre("GET /_ping", "POST /v1.41/images/create?fromImage=r.test%2Fa&tag=1"));
  EXPECT_THAT(engine_->last_request(), Not(HasSubstr("X-Registry-Auth")));
  EXPECT_THAT(progress_, IsEmpty());
}

TEST_F(PullCallTest, AnImageIsAskedForByItsDigestOrLatestWhereItHasNoTag) {
  answer_lines({up_to_date});
  EXPECT_TRUE(pull(10s, "busybox"));
  EXPECT_EQ(engine_->asked().back(),
            "POST /v1.41/images/create?fromImage=docker.io%2Flibrary%2Fbusybox&tag=latest");
  const std::string digest(64, 'a');
  EXPECT_TRUE(pull(10s, "r.test:5000/a:1@sha256:" + digest));
  EXPECT_EQ(engine_->asked().back(),
            "POST /v1.41/images/create?fromImage=r.test%3A5000%2Fa&tag=sha256%3A" + digest);
}

TEST_F(PullCallTest, CredentialsGoIntoTheHeaderAsTheyAre) {
  answer_lines({up_to_date});
  EXPECT_TRUE(pull(10s, "r.test/a:1", {.username = "ann", .password = "secret"}));
  EXPECT_THAT(
      engine_->last_request(),
      HasSubstr("\r\nX-Registry-Auth: eyJwYXNzd29yZCI6InNlY3JldCIsInNlcnZlcmFkZHJlc3MiOiJyLn"
                "Rlc3QiLCJ1c2VybmFtZSI6ImFubiJ9\r\n"));
  EXPECT_TRUE(pull(10s, "r.test/a:1", {.username = "ann", .password = "secre"}));
  EXPECT_THAT(
      engine_->last_request(),
      HasSubstr("\r\nX-Registry-Auth: eyJwYXNzd29yZCI6InNlY3JlIiwic2VydmVyYWRkcmVzcyI6InIudG"
                "VzdCIsInVzZXJuYW1lIjoiYW5uIn0=\r\n"));
}

TEST_F(PullCallTest, ProgressIsToldAtOnceThenNotTooOftenAndAtTheEnd) {
  answer_lines_and({}, [](EnginePeer& peer) {
    for (int i = 1; i <= 100; ++i) {
      peer.chunk(downloading(i) + "\r\n");
      std::this_thread::sleep_for(3ms);
    }
    peer.end_chunks();
  });
  EXPECT_TRUE(pull());
  ASSERT_THAT(progress_, Not(IsEmpty()));
  EXPECT_LE(progress_.size(), 20U);  // 300 ms, or more where the machine is busy
  EXPECT_LT(progress_.front().done, 100U);
  EXPECT_EQ(progress_.back(), (Progress{100, 100}));
}

TEST_F(PullCallTest, ProgressThatStandsStillIsTold) {
  answer_lines_and({downloading(1), downloading(2), downloading(3)},
                   [](EnginePeer& peer) { peer.wait_until_closed(); });
  std::optional<Pulled> got;
  const auto handle = begin(got);
  EXPECT_TRUE(run_until([&] { return !progress_.empty() && progress_.back().done == 3; }));
}

TEST_F(PullCallTest, AnErrorWithinTheStreamIsAFailure) {
  answer_lines({R"({"status":"Pulling from a"})", downloading(5),
                R"({"errorDetail":{"message":"write /f: no space left on device"},"error":"x"})"});
  const auto answer = pull();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::no_space);
  EXPECT_EQ(answer.error().message, "write /f: no space left on device");
  EXPECT_THAT(progress_, ElementsAre(Progress{5, 100}));
}

TEST_F(PullCallTest, AnErrorBeforeTheStreamIsAFailure) {
  serve([](EnginePeer& peer, auto&) {
    peer.answer(404, R"({"message":"manifest for r.test/a:1 not found: manifest unknown"})");
  });
  const auto answer = pull();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::not_found);
}

TEST_F(PullCallTest, ABrokenLineIsNoSuccess) {
  answer_lines({"{\"status\":\"Pull", up_to_date});
  const auto answer = pull();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::other);
}

TEST_F(PullCallTest, AnEngineThatBreaksOffIsGone) {
  answer_lines_and({downloading(1)}, [](EnginePeer&) {});
  const auto answer = pull();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::runtime_gone);
}

TEST_F(PullCallTest, WhatWasToldBeforeTheEngineBrokeOffCounts) {
  answer_lines_and({R"({"error":"no space left on device"})"}, [](EnginePeer&) {});
  EXPECT_EQ(pull().error().kind, Kind::no_space);
}

TEST_F(PullCallTest, AnEngineThatHangsIsGivenUpAndThePullAborted) {
  answer_lines_and({downloading(1)}, [](EnginePeer& peer) { peer.wait_until_closed(); });
  const auto answer = pull(100ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::timeout);
  EXPECT_EQ(answer.error().message, "not pulled within 100ms");
  EXPECT_TRUE(run_until([&] { return engine_->open_connections() == 0; }));
}

TEST_F(PullCallTest, AHandleThatIsDestroyedAbortsThePullAndNothingIsCalled) {
  answer_lines_and({downloading(1)}, [](EnginePeer& peer) { peer.wait_until_closed(); });
  std::optional<Pulled> got;
  auto handle = begin(got);
  EXPECT_TRUE(run_until([&] { return !progress_.empty(); }));
  handle.reset();
  EXPECT_TRUE(run_until([&] { return engine_->open_connections() == 0; }));
  run_for(300ms);  // longer than between two progresses
  EXPECT_FALSE(got.has_value());
  EXPECT_THAT(progress_, SizeIs(1));
}

TEST_F(PullCallTest, ProgressMayDestroyTheHandle) {
  for (const bool is_last : {false, true}) {
    answer_lines_and({downloading(1)}, [is_last](EnginePeer& peer) {
      std::this_thread::sleep_for(50ms);
      peer.chunk(downloading(2) + "\r\n");
      if (!is_last) return peer.wait_until_closed();
      peer.end_chunks();
    });
    DockerRuntime runtime(loop_, engine_->socket());
    HandlePtr handle;
    bool has_ended = false;
    int told = 0;
    handle = runtime.pull(
        {reference("r.test/a:1"), {}, 10s},
        [&](Progress now) {
          ++told;
          if (now.done == 2) handle.reset();
        },
        [&](const auto&) { has_ended = true; });
    EXPECT_TRUE(run_until([&] { return !handle; }));
    run_for(20ms);
    EXPECT_EQ(told, 2);
    EXPECT_FALSE(has_ended);
  }
}

TEST_F(PullCallTest, PullsRunBesideEachOther) {
  std::mutex mutex;
  std::condition_variable all_there;
  int there = 0;
  serve([&](EnginePeer& peer, const std::string& request) {
    std::unique_lock lock(mutex);
    ++there;
    all_there.notify_all();
    all_there.wait_for(lock, 20s, [&] { return there == 8; });
    lock.unlock();
    const bool is_bad = request.find("tag=3") != std::string::npos;
    peer.answer_lines({is_bad ? R"({"error":"no space left on device"})" : up_to_date});
  });
  std::vector<std::optional<Pulled>> got(8);
  std::vector<HandlePtr> handles;
  handles.reserve(got.size());
  for (int i = 0; i < 8; ++i)
    handles.push_back(
        begin(got[static_cast<std::size_t>(i)], 20s, "r.test/a:" + std::to_string(i)));
  EXPECT_TRUE(run_until(
      [&] { return std::ranges::all_of(got, [](const auto& each) { return each.has_value(); }); }));
  engine_.reset();  // its threads use what stands here
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(got[i].value().ok(), i != 3) << i;
}

TEST_F(PullCallTest, NoSecretIsInAMessage) {
  answer_lines({R"({"error":"cannot log in as ann with s3cret"})"});
  const auto answer = pull(10s, "r.test/a:1", {.username = "ann", .password = "s3cret"});
  EXPECT_EQ(answer.error().message, "cannot log in as ann with ***");
}

}  // namespace
}  // namespace kip::docker
