#include "http/line_splitter.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/retry_after.h"

namespace kip::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

std::vector<std::string> lines_of(LineSplitter& splitter, const std::vector<std::string>& chunks) {
  std::vector<std::string> lines;
  for (const auto& chunk : chunks) {
    const bool fits = splitter.feed(chunk, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
    if (!fits) lines.emplace_back("too long");
  }
  return lines;
}

TEST(LineSplitter, LinesAreTheSameHoweverTheyArrive) {
  const std::string text = "one\r\n\n\r\ntwo\nthree and\r more\nunfinished";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineSplitter splitter(20);
    std::vector<std::string> chunks;
    for (std::size_t i = 0; i < text.size(); i += size) chunks.push_back(text.substr(i, size));
    EXPECT_THAT(lines_of(splitter, chunks), ElementsAre("one", "two", "three and\r more")) << size;
  }
}

TEST(LineSplitter, ALineOverTheLimitIsRefusedHoweverItArrives) {
  for (const auto& chunks : std::vector<std::vector<std::string>>{
           {"12345\r\n", "123456\n"}, {"12345\n1234", "56\n"}, {"12345\n", "1234", "56", "7"}}) {
    LineSplitter splitter(5);
    EXPECT_THAT(lines_of(splitter, chunks), ElementsAre("12345", "too long"));
  }
}

TEST(LineSplitter, WhoSaysStopGetsNoMoreLines) {
  LineSplitter splitter(100);
  int seen = 0;
  EXPECT_TRUE(splitter.feed("a\nb\nc\n", [&](std::string_view) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(LineSplitter, AHugeLineIsPutTogether) {
  LineSplitter splitter(4 << 20);
  const std::string part(1 << 20, 'x');
  const auto lines = lines_of(splitter, {part, part, part, "\nshort\n"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), 3U << 20);
  EXPECT_EQ(lines[1], "short");
}

TEST(RetryAfter, SecondsAndDatesAreRead) {
  const WallTime now = *from_rfc3339("1999-12-31T23:59:00Z");
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", now), 59s);
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 1999 23:58:00 GMT", now), 0s);
  for (const char* bad : {"", "-1", "1.5", "soon", "99999999999999", "Fri, 31 Dec 1999"})
    EXPECT_FALSE(parse_retry_after(bad, now)) << bad;
}

}  // namespace
}  // namespace kip::http
