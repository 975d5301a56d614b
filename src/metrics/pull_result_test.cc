#include "metrics/pull_result.h"

#include <gmock/gmock.h>

namespace kip::metrics {
namespace {

using namespace std::string_literals;

const PullResult whole{.attempt_id = "0123",
                       .started_at = 300,
                       .image = "busybox:1",
                       .error = "no",
                       .duration_ms = 150,
                       .node = "n1",
                       .size_bytes = 1};

// By hand, as protobuf's encoding has it (https://protobuf.dev/programming-guides/encoding), of the
// numbers and types of image-prefetcher's fields.
const std::string whole_by_hand =
    "\x0A\x04"s
    "0123"          // 1, bytes
    "\x10\xAC\x02"  // 2, a number: 300
    "\x1A\x09"
    "busybox:1"  // 3
    "\x22\x02"
    "no"            // 4
    "\x28\x96\x01"  // 5: 150
    "\x32\x02"
    "n1"         // 6
    "\x38\x01";  // 7: 1

TEST(PullResult, IsTheMessageOfImagePrefetcher) {
  EXPECT_EQ(to_message(whole), whole_by_hand);
  EXPECT_EQ(from_message(whole_by_hand), whole);
}

TEST(PullResult, OfNothingIsNoBytes) {
  EXPECT_EQ(to_message({}), "");
  EXPECT_EQ(from_message(""), PullResult{});
}

TEST(PullResult, FieldsMayComeInAnyOrderAndUnknownOnesAreSkipped) {
  EXPECT_EQ(from_message("\x38\x05\x42\x03new\x32\x02n1"s),
            (PullResult{.node = "n1", .size_bytes = 5}));
}

TEST(PullResult, GarbageIsNoMessage) {
  EXPECT_EQ(from_message("\x0A\x7F"s), std::nullopt);
  EXPECT_EQ(from_message("\x1A\x01\xFF"s), std::nullopt) << "no UTF-8";
  EXPECT_EQ(from_message("GET / HTTP/1.1\r\n\r\n"), std::nullopt);
}

TEST(PullResult, ANegativeTimeHasTenBytes) {
  const PullResult before{.started_at = -1};
  EXPECT_EQ(to_message(before), "\x10"s + std::string(9, '\xFF') + "\x01");
  EXPECT_EQ(from_message(to_message(before)), before);
}

TEST(Uuid, HasVersionAndVariantOfTheRfc) {
  std::array<std::uint8_t, 16> bytes{};
  EXPECT_EQ(uuid_of(bytes), "00000000-0000-4000-8000-000000000000");
  bytes.fill(0xFF);
  EXPECT_EQ(uuid_of(bytes), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  for (std::uint8_t i = 0; i < bytes.size(); ++i) bytes[i] = i;
  EXPECT_EQ(uuid_of(bytes), "00010203-0405-4607-8809-0a0b0c0d0e0f");
}

}  // namespace
}  // namespace kip::metrics
