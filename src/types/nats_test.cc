#include "types/nats.h"

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
      "nats://t0ken@10.0.0.1:5,nats://[fd00::1]/");
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

// The list is split there, as others do it, and any part may be the end of a password then.
TEST(NatsServerUrl, ACommaInAPasswordIsRefusedWithoutAnyOfIt) {
  for (const char* text :
       {"nats://u:sec,ret@h:1", "nats://u:sec,ret@h", "u:sec,ret@h", "nats://u:12,ret@h",
        "nats://u:sec:,ret@h", "nats://u:sec/x,ret@h", "nats://u:a@sec,ret@h",
        "nats://u:12,13,ret@h", "u:ret://sec,x@h", "nats://a:4222,nats://u:12,sec@h"}) {
    const auto urls = parse_server_urls(text);
    ASSERT_FALSE(urls) << text;
    EXPECT_THAT(urls.error().message, AllOf(HasSubstr("%2C"), Not(HasSubstr("sec")),
                                            Not(HasSubstr("ret")), Not(HasSubstr("12"))))
        << text;
  }
  EXPECT_EQ(parse_server_urls("nats://u:a%2Cb@h")->front().credentials.password, "a,b");
}

TEST(NatsSubject, SubjectsAreWordsWithDotsBetweenThem) {
  for (const char* good : {"images", "warm.images", "a-b_c.1", "größe"})
    EXPECT_TRUE(check_subject(good)) << good;
  for (const char* bad : {"", "a b", "a.", ".a", "a..b", "a.*", ">", "a\r\nPUB b 0"}) {
    const auto checked = check_subject(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_THAT(checked.error().message, HasSubstr("no subject"));
  }
  EXPECT_FALSE(check_subject(std::string(2000, 'a')));
}

}  // namespace
}  // namespace kip::nats
