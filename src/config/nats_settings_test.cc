#include "config/nats_settings.h"

#include <gmock/gmock.h>

namespace kip::config {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(NatsSettings, AnAddressAloneIsEnough) {
  const auto reading =
      read_settings({{"NATS_ADDR", "nats://a,tls://u:p@b:5"}, {"DEPLOYMENT_NAME", "kip"}}, "n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_TRUE(reading.settings);
  const Nats& nats = reading.settings->nats;
  EXPECT_EQ(nats.servers.size(), 2U);
  EXPECT_EQ(nats.subject, "images");
  EXPECT_EQ(nats.forget_after, 7 * 24h);
  EXPECT_EQ(nats.max_images, 50U);
  EXPECT_TRUE(has_image_sources(*reading.settings)) << "IMAGES is not needed";
}

TEST(NatsSettings, WithoutAnAddressThereIsNone) {
  const auto reading =
      read_settings({{"IMAGES", "a=a:1"}, {"NATS_ADDR", ""}, {"NATS_SUBJECT", "other"}}, "n");
  ASSERT_TRUE(reading.settings);
  EXPECT_FALSE(reading.settings->nats.is_on());
  EXPECT_FALSE(has_image_sources(*reading.settings));
}

TEST(NatsSettings, WhatIsWrongIsNamedWithoutAnyPassword) {
  const auto reading = read_settings({{"NATS_ADDR",
                                       "nats://u:se\x01"
                                       "cret,x@h"},
                                      {"NATS_SUBJECT", "a.*"},
                                      {"NATS_FORGET_AFTER", "soon"},
                                      {"NATS_MAX_IMAGES", "701"},
                                      {"IMAGES", "a=a:1"}},
                                     "n");
  EXPECT_FALSE(reading.settings);
  std::string all;
  for (const auto& problem : reading.problems)
    all += problem.setting + ": " + problem.message + "\n";
  EXPECT_THAT(all, AllOf(HasSubstr("NATS_ADDR: byte 12, is a control character"),
                         HasSubstr("NATS_SUBJECT: \"a.*\""), HasSubstr("NATS_FORGET_AFTER: "),
                         HasSubstr("NATS_MAX_IMAGES: "), Not(HasSubstr("cret"))))
      << all;
}

}  // namespace
}  // namespace kip::config
