#include "base/text.h"

#include <gtest/gtest.h>

namespace kip {
namespace {

using namespace std::string_literals;

TEST(Text, AQuotedTextShowsControlCharactersAndBrokenBytesAsHex) {
  EXPECT_EQ(quoted("a\x01\x1b[31m"), R"("a\x01\x1B[31m")");
  EXPECT_EQ(quoted("\xff\xc3("), R"("\xFF\xC3(")");
  EXPECT_EQ(quoted("say \"hi\"\\\n"), R"("say \"hi\"\\\n")");
  EXPECT_EQ(quoted("übermäßig"), "\"übermäßig\"");
  // What a terminal takes for ESC [, and what turns the order of text.
  EXPECT_EQ(quoted("a\xC2\x9B"
                   "2Jb"),
            R"("a\xC2\x9B2Jb")");
  EXPECT_EQ(quoted("a\xE2\x80\xAE"
                   "b\xE2\x81\xA6"),
            R"("a\xE2\x80\xAEb\xE2\x81\xA6")");
  EXPECT_EQ(quoted("a\xC2\xA0\xE2\x80\xA6"), "\"a\xC2\xA0\xE2\x80\xA6\"");
}

TEST(Text, AListIsSplitWithoutEmptyParts) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(split("/a:/b", ':'), (Parts{"/a", "/b"}));
  EXPECT_EQ(split("::/a:", ':'), Parts{"/a"});
  EXPECT_EQ(split("", ':'), Parts{});
}

TEST(Text, AQuotedTextIsCut) { EXPECT_EQ(quoted("abcdef", 3), "\"abc…\""); }

TEST(Text, InvalidUtf8IsFoundWhereItStands) {
  EXPECT_EQ(find_invalid_utf8("plain ü € 😀"), std::string_view::npos);
  for (const auto& bad : {"\xc0\xaf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\x80"s, "\xe2\x82"s})
    EXPECT_EQ(find_invalid_utf8("ok" + bad), 2U);
}

TEST(Text, TrimmingTakesSpacesAndLineEnds) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n "), "");
}

TEST(PercentEncoded, OnlyUnreservedCharactersStay) {
  EXPECT_EQ(percent_encoded("metadata.name=x"), "metadata.name%3Dx");
  EXPECT_EQ(percent_encoded("a b/~ä"), "a%20b%2F~%C3%A4");
}

}  // namespace
}  // namespace kip
