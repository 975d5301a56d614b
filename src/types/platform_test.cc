#include "types/platform.h"

#include <gtest/gtest.h>

namespace kip::types {
namespace {

TEST(Platform, OfAMachineIsThatOfItsImages) {
  EXPECT_EQ(platform_of_machine("x86_64").text(), "linux/amd64");
  EXPECT_EQ(platform_of_machine("aarch64").text(), "linux/arm64");
  EXPECT_EQ(platform_of_machine("armv7l").text(), "linux/arm/v7");
  EXPECT_EQ(platform_of_machine("s390x").text(), "linux/s390x");
  for (const char* bad : {"", "/", "linux/", "linux/amd64/v1/x", "Linux/amd64", "linux amd64"})
    EXPECT_FALSE(parse_platform(bad)) << bad;
}

TEST(Platform, RunsWhatIsForItOrForAnEarlierVariant) {
  const Platform v7{.architecture = "arm", .variant = "v7"}, arm{.architecture = "arm"};
  const Platform v6{.architecture = "arm", .variant = "v6"};
  EXPECT_GT(fitness(v7, v7), fitness(v6, v7));
  EXPECT_GT(fitness(v6, v7), 0);
  EXPECT_EQ(fitness(v7, v6), 0);
  EXPECT_EQ(fitness(arm, v7), fitness(v7, v7)) << "what is not written is v7";
  EXPECT_EQ(fitness({.architecture = "amd64"}, v7), 0);
  EXPECT_EQ(fitness({.os = "windows", .architecture = "arm"}, arm), 0);
}

}  // namespace
}  // namespace kip::types
