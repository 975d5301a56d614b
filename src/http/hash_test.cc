#include "http/hash.h"

#include <gtest/gtest.h>

namespace kip::http {
namespace {

// FIPS 180-4's examples.
constexpr auto of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr auto of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Hash, PartsHashToWhatTheWholeDoes) {
  Hash hash;
  EXPECT_EQ(hash.hex(), of_nothing);
  hash.add("a");
  hash.add("");
  hash.add("bc");
  EXPECT_EQ(hash.hex(), of_abc);
}

TEST(Hash, ACopyGoesOnByItself) {
  Hash hash;
  hash.add("ab");
  Hash copy = hash;
  hash.add("x");
  copy.add("c");
  EXPECT_EQ(copy.hex(), of_abc);
  hash = Hash();
  EXPECT_EQ(hash.hex(), of_nothing);
}

TEST(Hash, LongerOnesHaveTheirLength) {
  EXPECT_EQ(Hash("sha384").hex().size(), 96U);
  EXPECT_EQ(Hash("sha512").hex().size(), 128U);
}

}  // namespace
}  // namespace kip::http
