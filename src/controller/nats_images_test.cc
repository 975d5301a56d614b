#include "controller/nats_images.h"

#include <optional>

#include <gmock/gmock.h>

#include "testing/fake_api.h"
#include "testing/settings.h"

namespace kip::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::status;

const std::string configmaps = "/api/v1/namespaces/images/configmaps";
const std::string configmap = configmaps + "/puller-published";

class NatsImagesTest : public ::testing::Test {
 protected:
  NatsImagesTest() {
    scheduler_.set_wall_start(testing::noon());
    api_.put("/apis/apps/v1/namespaces/images/deployments/kip",
             {{"metadata", {{"uid", "of-deployment"}}}});
  }
  void start(Environment more = {}) {
    Environment environment = {{"DEPLOYMENT_NAME", "kip"},   {"DAEMONSET_NAME", "puller"},
                               {"NATS_ADDR", "nats://nats"}, {"NATS_SUBJECT", "warm"},
                               {"NATS_FORGET_AFTER", "14h"}, {"NATS_MAX_IMAGES", "3"}};
    for (auto& [name, value] : more) environment[name] = value;
    const auto reading = config::read_settings(environment, "images");
    ASSERT_TRUE(reading.settings);
    source_.reset();
    sink_.reset();
    changes_ = 0;
    source_.emplace(api_, scheduler_, *reading.settings,
                    [this](const config::Nats& asked, SubscriptionSink sink) {
                      subject_ = asked.subject;
                      sink_ = std::move(sink);
                      return scheduler_.after(1000h, [] {});
                    });
    source_->start([this] { ++changes_; });
    scheduler_.advance(1s);
  }
  void connect() {
    sink_->on_connected();
    scheduler_.advance(1s);
  }
  void publish(std::initializer_list<const char*> payloads) {
    for (const char* payload : payloads) sink_->on_message(payload);
    scheduler_.advance(6s);
  }
  std::vector<std::string> images() const {
    std::vector<std::string> texts;
    for (const auto& image : source_->images()) texts.push_back(image.reference.text);
    return texts;
  }
  std::size_t writes() const {
    return api_.count("POST " + configmaps) + api_.count("PUT " + configmap);
  }

  testing::FakeScheduler scheduler_;
  testing::FakeApi api_{scheduler_};
  std::optional<NatsImages> source_;
  std::optional<SubscriptionSink> sink_;
  std::string subject_;
  int changes_ = 0;
};

TEST_F(NatsImagesTest, IsKnownWithoutAnyServer) {
  start();
  EXPECT_TRUE(source_->is_known());
  EXPECT_EQ(changes_, 1);
  EXPECT_THAT(images(), IsEmpty());
  EXPECT_EQ(subject_, "warm");
}

TEST_F(NatsImagesTest, ABurstOfMessagesIsOneChangeAndOneWrite) {
  start();
  connect();
  publish({"b:1", "a:1\n", "docker.io/library/b:1"});
  EXPECT_THAT(images(), ElementsAre("b:1", "a:1"));
  EXPECT_EQ(changes_, 2);
  publish({"a:1", "b:1"});
  EXPECT_EQ(changes_, 2);
  EXPECT_EQ(writes(), 1U);
  EXPECT_EQ(array_at(*api_.find(configmap), "/metadata/ownerReferences")[0]["uid"],
            "of-deployment");
}

TEST_F(NatsImagesTest, WhatWasPublishedIsThereAfterARestartWithoutNats) {
  start();
  connect();
  publish({"b:1", "a:1"});
  scheduler_.advance(100h);
  publish({"c:1"});
  start();
  EXPECT_TRUE(source_->is_known());
  EXPECT_THAT(images(), ElementsAre("c:1"));
  scheduler_.advance(1000h);
  EXPECT_THAT(images(), ElementsAre("c:1")) << "no server was there that could have named it";
  connect();
  scheduler_.advance(15h);
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(NatsImagesTest, AnImageThatIsNotPublishedAgainGoesAndOneThatIsStays) {
  start();
  connect();
  publish({"a:1", "b:1"});
  for (int i = 0; i < 20; ++i) {
    scheduler_.advance(1h);
    publish({"a:1"});
  }
  EXPECT_THAT(images(), ElementsAre("a:1"));
  EXPECT_LE(writes(), 22U) << "one an hour, a fourteenth of NATS_FORGET_AFTER";
  start();
  connect();
  scheduler_.advance(12h);
  EXPECT_THAT(images(), ElementsAre("a:1")) << "it was stored how long ago it was heard of";
}

TEST_F(NatsImagesTest, AServerThatIsAwayTakesNothingAway) {
  start();
  connect();
  publish({"a:1"});
  scheduler_.advance(10h);
  sink_->on_disconnected();
  scheduler_.advance(1000h);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  connect();
  scheduler_.advance(3h);
  EXPECT_THAT(images(), ElementsAre("a:1"));
  scheduler_.advance(2h);
  EXPECT_THAT(images(), IsEmpty());
}

TEST_F(NatsImagesTest, ManyImagesPushNoneOutAndAreToldOnce) {
  start();
  connect();
  ::testing::internal::CaptureStderr();
  publish({"a:1", "b:1", "c:1"});
  for (int i = 0; i < 500; ++i) publish({("many:" + std::to_string(i)).c_str()});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(images(), ElementsAre("a:1", "b:1", "c:1"));
  EXPECT_EQ(changes_, 2);
  EXPECT_THAT(said, HasSubstr("NATS_MAX_IMAGES"));
  EXPECT_EQ(said.find("NATS_MAX_IMAGES"), said.rfind("NATS_MAX_IMAGES"));
}

TEST_F(NatsImagesTest, MessagesThatAreNoImagesAreToldOnceAndChangeNothing) {
  start();
  connect();
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 500; ++i)
    publish({"not//an image", std::string(60'000, 'x').c_str(), "\x1b[31m\r\n", ""});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(images(), IsEmpty());
  EXPECT_EQ(writes(), 0U);
  EXPECT_THAT(said, HasSubstr("a message is no image"));
  EXPECT_LT(said.size(), 1000U);
  publish({"a:1"});
  EXPECT_THAT(images(), ElementsAre("a:1"));
}

TEST_F(NatsImagesTest, WhereTheConfigMapMayNotBeKeptAllElseWorks) {
  api_.failures.insert_or_assign("GET " + configmap, status(403));
  start();
  scheduler_.advance(1min);
  ASSERT_TRUE(source_->is_known());
  connect();
  publish({"a:1"});
  EXPECT_THAT(images(), ElementsAre("a:1"));
}

TEST_F(NatsImagesTest, WhatIsStoredAndCannotBeReadIsMadeAnew) {
  api_.put(configmap, {{"data", {{"images.json", "{\"images\": 7}"}}}});
  start();
  EXPECT_TRUE(source_->is_known());
  connect();
  publish({"a:1"});
  EXPECT_THAT(string_at(*api_.find(configmap), "/data/images.json"), HasSubstr("a:1"));
}

}  // namespace
}  // namespace kip::controller
