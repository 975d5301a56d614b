#include "kube/configmap_text.h"

#include <gtest/gtest.h>

#include "testing/fake_api.h"

namespace kip::kube {
namespace {

using namespace std::chrono_literals;

const std::string configmaps_of_n = "/api/v1/namespaces/n/configmaps";

class ConfigMapTextTest : public ::testing::Test {
 protected:
  void begin() {
    text.read([](const auto&) {});
    scheduler.advance(1s);
    text.write("wanted");
  }

  testing::FakeScheduler scheduler;
  testing::FakeApi api{scheduler};
  int stored = 0;
  ConfigMapText text{Client(api),
                     scheduler,
                     {.namespace_name = "n", .name = "c", .key = "k", .trouble = "cannot"},
                     {.on_refused = [](const auto&) {}, .on_stored = [this] { ++stored; }}};
};

TEST_F(ConfigMapTextTest, IsWrittenOnceAndWhatIsWantedSinceAfterIt) {
  begin();
  text.write("more");
  scheduler.advance(1min);
  EXPECT_EQ(api.find(configmaps_of_n + "/c")->at("data").at("k"), "more");
  EXPECT_EQ(api.count("POST " + configmaps_of_n) + api.count("PUT " + configmaps_of_n + "/c"), 2U);
  EXPECT_EQ(stored, 1);
  EXPECT_TRUE(text.is_written());
}

TEST_F(ConfigMapTextTest, AWebhookThatMakesSomethingElseOfItIsNotFought) {
  api.failures.insert_or_assign("POST " + configmaps_of_n,
                                http::Response{201, R"({"metadata":{"name":"c"}})"});
  begin();
  scheduler.advance(1h);
  EXPECT_EQ(api.count("POST " + configmaps_of_n) + api.count("PUT " + configmaps_of_n + "/c"), 1U);
  EXPECT_EQ(stored, 1);
}

TEST_F(ConfigMapTextTest, InANamespaceThatIsGoneItIsTriedLessAndLess) {
  api.failures.insert_or_assign("POST " + configmaps_of_n, testing::status(404));
  begin();
  scheduler.advance(1h);
  EXPECT_GT(api.count("POST " + configmaps_of_n), 60U);
  EXPECT_LT(api.count("POST " + configmaps_of_n), 500U);
  api.failures.clear();
  scheduler.advance(1min);
  EXPECT_TRUE(text.is_written());
}

}  // namespace
}  // namespace kip::kube
