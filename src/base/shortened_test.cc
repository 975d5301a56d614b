#include "base/shortened.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace kip {
namespace {

TEST(Shortened, HasBothEndsOfWhatIsTooLong) {
  EXPECT_EQ(shortened("0123456789", 10), "0123456789");
  EXPECT_EQ(shortened("0123456789abcdef", 12), "0123…bcdef");
  EXPECT_EQ(shortened("0123456789abcdef", 2), "");
}

TEST(Shortened, CutsBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "ä";
  for (std::size_t limit = 0; limit < 45; ++limit) {
    const std::string found = shortened(text, limit);
    EXPECT_LE(found.size(), limit);
    EXPECT_EQ(find_invalid_utf8(found), std::string::npos) << found;
  }
  EXPECT_LE(shortened(std::string(30, '\x80'), 10).size(), 10U) << "also of what is no text";
}

}  // namespace
}  // namespace kip
