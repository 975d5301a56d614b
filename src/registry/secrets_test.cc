#include "registry/secrets.h"

#include <gtest/gtest.h>

namespace kip::registry {
namespace {

using Secrets = std::vector<std::string>;

TEST(Masked, TakesOutEveryFormThatASecretIsSentIn) {
  const Credentials shown{.username = "ann", .password = "p?ss>w/rd"};
  EXPECT_EQ(masked("a p?ss>w/rd b p%3Fss%3Ew%2Frd c cD9zcz53L3Jk d cD9zcz53L3Jk== e "
                   "YW5uOnA/c3M+dy9yZA== f YW5uOnA_c3M-dy9yZA",
                   shown),
            "a *** b *** c *** d ***== e ***== f ***");
  EXPECT_EQ(masked("ann and t0k3n", Credentials{.username = "ann", .identity_token = "t0k3n"}),
            "ann and ***");
  EXPECT_EQ(masked("t0k3n", Credentials{.registry_token = "t0k3n"}), "***");
  EXPECT_EQ(masked("xabcdx", Secrets{"abcd", ""}), "x***x");
}

TEST(Masked, AShortOneIsTakenOutWhereItStandsAlone) {
  const Credentials shown{.username = "x", .password = "y"};
  EXPECT_EQ(masked("password y, \"y\" and x:y@host; y", shown),
            "password ***, \"***\" and ***@host; ***");
  EXPECT_EQ(masked("try: y", shown), "try: ***");
}

TEST(Masked, AMaskInAWordDoesNotTellAShortOne) {
  EXPECT_EQ(masked("Bad Gateway 404", Secrets{"y", "4", "ate"}), "Bad Gateway 404");
}

TEST(Masked, ASecretThatIsPartOfTheMaskEnds) {
  EXPECT_EQ(masked("a ** b", Secrets{"*"}), "a ****** b");
}

TEST(Masked, WithoutSecretsNothingChanges) {
  EXPECT_EQ(masked("some words", Credentials{.username = "some"}), "some words");
}

}  // namespace
}  // namespace kip::registry
