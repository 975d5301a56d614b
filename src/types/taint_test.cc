#include "types/taint.h"

#include <gtest/gtest.h>

namespace kip::types {
namespace {

TEST(Taint, IsAKeyPerhapsAValueAndAnEffect) {
  EXPECT_EQ(*parse_taint("image-puller/not-warm:NoSchedule"),
            (Taint{"image-puller/not-warm", "", "NoSchedule"}));
  EXPECT_EQ(*parse_taint("cold=yes:NoExecute"), (Taint{"cold", "yes", "NoExecute"}));
  EXPECT_EQ(*parse_taint("cold=:PreferNoSchedule"), (Taint{"cold", "", "PreferNoSchedule"}));
  for (const char* text : {"a/b:NoSchedule", "cold=yes:NoExecute"})
    EXPECT_EQ(parse_taint(text)->text(), text);
}

TEST(Taint, WhatKubernetesRefusesIsRefusedWithItsReason) {
  const auto message = [](const char* text) { return parse_taint(text).error().message; };
  EXPECT_EQ(message("cold"),
            "\"cold\" is no taint: it has no effect; expected key[=value]:effect, such as "
            "image-puller/not-warm:NoSchedule");
  EXPECT_NE(message("cold:noschedule").find("the effect is \"noschedule\""), std::string::npos);
  EXPECT_NE(message("a/b/c:NoSchedule").find("the key"), std::string::npos);
  EXPECT_NE(message("a=b=c:NoSchedule").find("the value"), std::string::npos);
  for (const char* bad : {"", ":", ":NoSchedule", "=v:NoSchedule", "a:b:NoSchedule",
                          "a :NoSchedule", "a=b c:NoSchedule", "a:NoSchedule ", "a:"})
    EXPECT_FALSE(parse_taint(bad).ok()) << bad;
}

TEST(Taint, IsKnownByKeyAndEffectAndByItsValueWhereItHasOne) {
  const Taint plain = *parse_taint("cold:NoSchedule"), valued = *parse_taint("cold=yes:NoSchedule");
  const json of_yes = {{"key", "cold"}, {"value", "yes"}, {"effect", "NoSchedule"}},
             of_none = {{"key", "cold"}, {"effect", "NoSchedule"}},
             of_other = {{"key", "cold"}, {"effect", "NoExecute"}};
  EXPECT_TRUE(plain.is(of_yes) && plain.is(of_none));
  EXPECT_TRUE(valued.is(of_yes));
  EXPECT_FALSE(valued.is(of_none));
  EXPECT_FALSE(plain.is(of_other) || plain.is(json()));
}

TEST(Taint, IsToleratedAsFarAsItIsKnown) {
  EXPECT_EQ(parse_taint("cold:NoExecute")->toleration(),
            json({{"key", "cold"}, {"operator", "Exists"}, {"effect", "NoExecute"}}));
  EXPECT_EQ(
      parse_taint("cold=yes:NoSchedule")->toleration(),
      json({{"key", "cold"}, {"operator", "Equal"}, {"value", "yes"}, {"effect", "NoSchedule"}}));
}

}  // namespace
}  // namespace kip::types
