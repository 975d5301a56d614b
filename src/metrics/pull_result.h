// What came of one attempt to pull an image on a node, as agents send it, in the words and units of
// image-prefetcher's contract. A plain value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kip::metrics {

struct PullResult {
  std::string attempt_id = {};  // a UUID; a result with the same one takes the place of the other
  std::int64_t started_at = 0;  // seconds since 1970
  std::string image = {};
  std::string error = {};  // "": it was pulled
  std::uint64_t duration_ms = 0;
  std::string node = {};
  std::uint64_t size_bytes = 0;  // of the image; 0: not known
  bool operator==(const PullResult&) const = default;
};

// As the message Result of proto/metrics.proto.
std::string to_message(const PullResult& result);
// Nothing: it is no such message. Fields that are not known are skipped.
std::optional<PullResult> from_message(std::string_view bytes);

// RFC 9562, version 4, of bytes that are random.
std::string uuid_of(std::array<std::uint8_t, 16> random);

}  // namespace kip::metrics
