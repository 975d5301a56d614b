#include "types/quantity.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace kip::types {
namespace {

Quantity quantity(std::string_view text) {
  auto parsed = Quantity::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? *parsed : Quantity{};
}

TEST(Quantity, EveryTextReadsAsKubernetesReadsIt) {
  // Made with k8s.io/apimachinery v0.34.4, pkg/api/resource.
  std::ifstream table("src/config/testdata/quantities.tsv");
  std::string line;
  int rows = 0;
  while (std::getline(table, line)) {
    if (line.starts_with('#')) continue;
    ++rows;
    std::istringstream fields(line);
    std::string text, canonical, stored;
    std::getline(fields, text, '\t');
    std::getline(fields, canonical, '\t');
    std::getline(fields, stored, '\t');
    const auto parsed = Quantity::parse(text);
    // Where we are stricter on purpose, as quantity.h says.
    const auto number = text.find_first_not_of("+-.");
    const bool no_digit = number == text.npos || text[number] < '0' || text[number] > '9';
    const bool too_large = text == "123456789012345678901234567890n";
    if (canonical == "-" || no_digit || (too_large && !parsed)) {
      EXPECT_FALSE(parsed.ok()) << text;
      continue;
    }
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.error().message;
    EXPECT_EQ(parsed->canonical(), canonical) << text;
    EXPECT_EQ(parsed->stored(), stored) << text;
    EXPECT_EQ(parsed->compare(quantity(canonical)), std::strong_ordering::equal) << text;
  }
  EXPECT_GE(rows, 150);
}

TEST(Quantity, AmountsAreComparedExactly) {
  EXPECT_EQ(quantity("1Ki").compare(quantity("1024")), std::strong_ordering::equal);
  EXPECT_EQ(quantity("0.1").compare(quantity("100m")), std::strong_ordering::equal);
  EXPECT_EQ(quantity("7Ei").compare(quantity("8070450532247928832")), std::strong_ordering::equal);
  EXPECT_EQ(quantity("7Ei").compare(quantity("8070450532247928831")),
            std::strong_ordering::greater);
  EXPECT_EQ(quantity("20Mi").compare(quantity("20M")), std::strong_ordering::greater);
  EXPECT_EQ(quantity("-1").compare(quantity("1n")), std::strong_ordering::less);
}

TEST(Quantity, KeepsHowItWasWritten) {
  EXPECT_EQ(quantity("1024Ki").text(), "1024Ki");
  EXPECT_EQ(quantity("1Ki"), quantity("1Ki"));
  EXPECT_NE(quantity("1Ki"), quantity("1024"));
  EXPECT_EQ(Quantity().text(), "");
}

TEST(Quantity, WhatIsBeyond64BitsIsRefused) {
  EXPECT_TRUE(Quantity::parse("9223372036854775807").ok());
  for (const auto* text : {"9223372036854775808", "8Ei", "10E", "1e19", "1e999999999999999999999",
                           "9223372036854775807.1", "-8Ei"})
    EXPECT_FALSE(Quantity::parse(text).ok()) << text;
}

TEST(Quantity, AVeryLongNumberIsReadQuickly) {
  EXPECT_EQ(quantity("0." + std::string(1 << 20, '0') + "1").canonical(), "1n");
  EXPECT_EQ(quantity("1e-99999999999").canonical(), "1e-9");
  EXPECT_FALSE(Quantity::parse(std::string(1 << 20, '9')).ok());
}

TEST(Quantity, WholeUnitsAreRoundedUp) {
  EXPECT_EQ(quantity("50Gi").whole_units(), std::int64_t{50} << 30);
  EXPECT_EQ(quantity("1500m").whole_units(), 2);
  EXPECT_EQ(quantity("9223372036854775807").whole_units(), 9223372036854775807);
}

TEST(Quantity, AMessageNamesTheSuffixAndItsPlace) {
  EXPECT_EQ(Quantity::parse("20MB").error().message,
            "\"20MB\" is not a quantity: \"MB\" at byte 3 is none of the suffixes n u m k M G T P "
            "E Ki Mi Gi Ti Pi Ei; expected a number with an optional suffix, such as 0.5, 200m, "
            "20Mi or 1e3");
}

}  // namespace
}  // namespace kip::types
