#include "duration.h"

#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace kip::sleep {
namespace {

// Undoes the table's escapes: \xHH for all that is not printable ASCII, a quote or a backslash.
std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
    i += 3;
  }
  return out;
}

TEST(Duration, EveryStringOfTheTableGetsTheAnswerThatGoGives) {
  std::ifstream table("sleep/testdata/durations.tsv");
  ASSERT_TRUE(table) << "the table is not there";
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    ASSERT_EQ(line.front(), '"') << line;
    const std::string text = unescaped(line.substr(1, tab - 2));
    const std::string expected = line.substr(tab + 1);
    const Duration got = parse_duration(text.c_str());
    EXPECT_EQ(got.valid ? std::to_string(got.nanoseconds) : "invalid", expected) << line;
    ++rows;
  }
  EXPECT_GE(rows, 200U);
}

TEST(Duration, WhatTheDaemonSetHasIsThirtyDays) {
  const Duration got = parse_duration("720h");
  EXPECT_TRUE(got.valid);
  EXPECT_EQ(got.nanoseconds, 30LL * 24 * 3600 * 1'000'000'000);
}

TEST(Duration, TheSmallestIsTakenAndTheSameWithoutItsSignIsNot) {
  const Duration smallest = parse_duration("-9223372036854775808ns");
  EXPECT_TRUE(smallest.valid);
  EXPECT_EQ(smallest.nanoseconds, std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(parse_duration("9223372036854775808ns").valid);
}

TEST(Duration, AUnitOfManyBytesIsNoneHoweverItEnds) {
  EXPECT_FALSE(parse_duration("1\x01ms").valid);
  EXPECT_FALSE(parse_duration("1xxxxxxxxms").valid);
  EXPECT_FALSE(parse_duration("1s\xC2\xB5s").valid);
}

}  // namespace
}  // namespace kip::sleep
