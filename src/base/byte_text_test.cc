#include "base/byte_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace kip {
namespace {

TEST(ByteText, HasTwoDigits) {
  EXPECT_EQ(byte_text(0), "0 B");
  EXPECT_EQ(byte_text(999), "999 B");
  EXPECT_EQ(byte_text(1536), "1.5 KiB");
  EXPECT_EQ(byte_text(12 << 20), "12 MiB");
  EXPECT_EQ(byte_text(1023 << 20), "1.0 GiB");
  EXPECT_EQ(byte_text(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

}  // namespace
}  // namespace kip
