// The parts of `warm` that speak with a cluster, and its arguments.
#include <gmock/gmock.h>

#include "cli/warm_list_writer.h"
#include "cli/warm_options.h"
#include "cli/warm_wait.h"
#include "core/desired.h"
#include "testing/fake_api.h"
#include "testing/golden.h"
#include "testing/pods.h"

namespace kip::cli {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string configmaps = "/api/v1/namespaces/images/configmaps/";
const std::string daemonset_path = "/apis/apps/v1/namespaces/images/daemonsets/kip";

TEST(WarmOptions, AreReadAndWhatIsWrongIsNamed) {
  const auto good = read_warm_options({"-f", "-", "--wait", "--ttl=30m", "--namespace", "kip"});
  ASSERT_TRUE(good.options);
  EXPECT_EQ(good.options->file, "-");
  EXPECT_TRUE(good.options->waits);
  EXPECT_EQ(good.options->ttl, 30min);
  EXPECT_EQ(good.options->timeout, 10min);
  EXPECT_TRUE(read_warm_options({"--help"}).wants_help);
  for (const auto& bad : std::vector<std::vector<std::string>>{{},
                                                               {"-f"},
                                                               {"-f", "x", "y"},
                                                               {"-f", "x", "--ttl", "0"},
                                                               {"-f", "x", "--list", "A b"},
                                                               {"-f", "x", "--wait", "--ttl=10m"},
                                                               {"--no"}}) {
    const auto reading = read_warm_options(bad);
    EXPECT_FALSE(reading.options);
    EXPECT_FALSE(reading.problems.empty());
  }
}

TEST(WarmOptions, TheTableOfTheDocumentationIsThatOfTheFlags) {
  expect_golden(warm_markdown(), "src/cli/testdata/warm.md");
}

class WarmTest : public ::testing::Test {
 protected:
  WarmTest() {
    scheduler.set_wall_start(noon());
    settings.daemonset_name = "kip";
    settings.images = {{"a", reference("reg/a:1")}, {"b", reference("reg/b:1")}};
  }
  void put_daemonset() {
    core::Facts facts;
    facts.owner = core::OwnerReference{"kip", "d1"};
    json daemonset =
        core::desired_daemonset(settings, facts, core::new_record(settings, noon()), 50);
    daemonset["metadata"]["generation"] = 1;
    daemonset["status"] = {
        {"observedGeneration", 1}, {"currentNumberScheduled", 1}, {"desiredNumberScheduled", 1}};
    api.put(daemonset_path, daemonset);
  }
  void put_pod(json pod) {
    pod["metadata"]["namespace"] = "images";
    pod["metadata"]["ownerReferences"] =
        json::array({{{"kind", "DaemonSet"}, {"name", "kip"}, {"controller", true}}});
    api.put("/api/v1/namespaces/images/pods/p-n1", pod);
  }
  void put_pod() { put_pod(running_pod("n1", "reg/a@sha256:a", "reg/b@sha256:b")); }
  void put_refused_pod() {
    json pod = pod_of(*api.find(daemonset_path), "n1");
    fail(pod, "b", "ImagePullBackOff", "Back-off pulling image: reg/b:1: not found");
    put_pod(std::move(pod));
  }
  void wait(const char* image, Duration timeout = 1min) {
    waiting.start([this, image, timeout] {
      waiting.wait({{reference(image), config::Placement()}}, timeout);
    });
    scheduler.advance(1s);
  }

  FakeScheduler scheduler;
  FakeApi api{scheduler};
  config::Settings settings = some_settings();
  std::vector<std::string> said, warned;
  std::optional<int> code;
  WarmWait waiting{api,
                   scheduler,
                   "images",
                   "kip",
                   {.say = [this](const std::string& line) { said.push_back(line); },
                    .warn = [this](const std::string& line) { warned.push_back(line); },
                    .done = [this](int result) { code = result; }}};
  WarmListWriter writer{api, scheduler, "images", "kip"};
};

TEST_F(WarmTest, WhatIsThereIsWarmAtOnce) {
  put_daemonset();
  put_pod();
  wait("reg/b:1");
  EXPECT_EQ(code, 0);
  EXPECT_THAT(said, ElementsAre("reg/b:1: on 1 of 1 node",
                                HasSubstr("every image is on its nodes after ")));
  EXPECT_EQ(waiting.owner()->uid, "d1");
}

TEST_F(WarmTest, WhereThereIsNoPullerItSaysWhatItLookedFor) {
  wait("reg/b:1");
  EXPECT_EQ(code, 69);
  EXPECT_THAT(warned, ElementsAre(HasSubstr("there is no DaemonSet kip with the label")));
}

TEST_F(WarmTest, WithoutTheRightToListItEndsAtOnce) {
  api.failures.emplace("GET /apis/apps/v1/namespaces/images/daemonsets", status(403));
  wait("reg/b:1");
  EXPECT_EQ(code, 77);
}

TEST_F(WarmTest, WithoutTheRightToReadPodsItDoesNotWaitForEver) {
  put_daemonset();
  api.failures.emplace("GET /api/v1/namespaces/images/pods", status(403));
  wait("reg/b:1");
  scheduler.advance(30s);
  EXPECT_EQ(code, 77);
}

TEST_F(WarmTest, AListThatNobodyTakesIsToldAndEndsWithTheTime) {
  put_daemonset();
  put_pod();
  wait("reg/c:1");
  scheduler.advance(15s);
  EXPECT_THAT(warned, ElementsAre(HasSubstr("RELEASE_GATE")));
  EXPECT_FALSE(code);
  scheduler.advance(1min);
  EXPECT_EQ(code, 2);
  EXPECT_THAT(warned[1], "timed out: reg/c:1: the service has not taken it yet");
}

TEST_F(WarmTest, ARefusalOfAnEarlierRunIsNoFailureUntilTheKubeletHasTriedAgain) {
  put_daemonset();
  put_refused_pod();
  wait("reg/b:1", 1h);
  scheduler.advance(5min);
  EXPECT_FALSE(code);
  put_pod();
  scheduler.advance(1s);
  EXPECT_EQ(code, 0);
}

TEST_F(WarmTest, ARefusalThatNothingChangesIsAFailureAfterTheLongestBackOff) {
  put_daemonset();
  put_refused_pod();
  wait("reg/b:1", 1h);
  scheduler.advance(7min);
  EXPECT_EQ(code, 1);
}

TEST_F(WarmTest, AListReplacesTheOneOfItsNameAndTheExpiredGo) {
  std::vector<std::string> ends;
  const auto write = [&](const char* name, const char* image, Duration ttl) {
    writer.write({name, scheduler.wall_now() + ttl, {{reference(image)}}}, std::nullopt,
                 [&](const auto& error) { ends.push_back(error ? error->message : "good"); });
    scheduler.advance(100ms);
  };
  write("old", "reg/a:1", 1min);
  write("shop", "reg/a:1", 1h);
  write("shop", "reg/a:2", 1h);
  EXPECT_THAT(ends, ElementsAre("good", "good", "good"));
  scheduler.advance(2min);
  const std::string old = configmaps + "image-puller-warm-old";
  const std::string version = string_at(*api.find(old), "/metadata/resourceVersion");
  bool is_clean = false;
  writer.clean_up([&] { is_clean = true; });
  scheduler.advance(1s);
  EXPECT_TRUE(is_clean);
  EXPECT_EQ(api.find(old), nullptr);
  EXPECT_EQ(string_at(api.bodies("DELETE " + old).at(0), "/preconditions/resourceVersion"), version)
      << "another run may have written it since it was read";
  const auto list = core::read_warm_list(*api.find(configmaps + "image-puller-warm-shop"));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->images[0].reference.text, "reg/a:2");
}

TEST_F(WarmTest, AListIsTakenBackUnlessAnotherRunHasWrittenIt) {
  const auto write = [&](WarmListWriter& by) {
    by.write({"shop", scheduler.wall_now() + 1h, {{reference("reg/a:1")}}}, std::nullopt,
             [](const auto&) {});
    scheduler.advance(1s);
  };
  const auto take_back = [&] {
    bool is_done = false;
    writer.take_back([&] { is_done = true; });
    scheduler.advance(1s);
    EXPECT_TRUE(is_done);
    return api.find(configmaps + "image-puller-warm-shop") == nullptr;
  };
  WarmListWriter another{api, scheduler, "images", "kip"};
  write(writer);
  write(another);
  EXPECT_FALSE(take_back());
  write(writer);
  EXPECT_TRUE(take_back());
  EXPECT_TRUE(take_back()) << "there is none any more";
}

TEST_F(WarmTest, AListThatMayNotBeWrittenIsAnError) {
  api.failures.emplace("POST /api/v1/namespaces/images/configmaps", status(403, "no right"));
  std::string why;
  writer.write({"shop", noon(), {}}, std::nullopt,
               [&](const auto& error) { why = error ? error->message : ""; });
  scheduler.advance(1s);
  EXPECT_THAT(why, HasSubstr("no right"));
}

}  // namespace
}  // namespace kip::cli
