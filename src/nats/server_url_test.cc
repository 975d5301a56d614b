#include "nats/server_url.h"

#include <gmock/gmock.h>

namespace kip::nats {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(NatsServerUrl, AListOfServersIsReadWithWhatEachNames) {
  const auto urls = parse_server_urls(
      "nats://wi-nats-client:4222, tls://u:p%40ss@nats.example , "
      "t0ken@10.0.0.1:5,nats://[fd00::1]/");
  ASSERT_TRUE(urls);
  EXPECT_THAT(
      *urls,
      ElementsAre(ServerUrl{.host = "wi-nats-client"},
                  ServerUrl{.host = "nats.example",
                            .tls = true,
                            .credentials = {.user = "u", .password = "p@ss"}},
                  ServerUrl{.host = "10.0.0.1", .port = 5, .credentials = {.token = "t0ken"}},
                  ServerUrl{.host = "fd00::1"}));
  EXPECT_EQ(urls->back().host_and_port(), "[fd00::1]:4222");
}

TEST(NatsServerUrl, AnUnencodedAtMayStandInAPassword) {
  EXPECT_EQ(parse_server_urls("u:p@ss@h")->front().credentials.password, "p@ss");
}

TEST(NatsServerUrl, WhatIsWrongIsSaidWithoutThePassword) {
  for (const char* text :
       {"", " , ", "ws://secret@h", "nats://u:secret@h:99999", "nats://u:secret@",
        "nats://u:secret@h/path", "nats://u:secret%4@h", "nats://u:secret@h:"}) {
    const auto urls = parse_server_urls(text);
    ASSERT_FALSE(urls) << text;
    EXPECT_THAT(urls.error().message,
                AllOf(HasSubstr("expected nats://"), Not(HasSubstr("secret"))))
        << text;
  }
}

}  // namespace
}  // namespace kip::nats
