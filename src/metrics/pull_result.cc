#include "metrics/pull_result.h"

#include "metrics/proto/metrics.pb.h"

namespace kip::metrics {

std::string to_message(const PullResult& result) {
  wire::Result message;
  message.set_attempt_id(result.attempt_id);
  message.set_started_at(result.started_at);
  message.set_image(result.image);
  message.set_error(result.error);
  message.set_duration_ms(result.duration_ms);
  message.set_node(result.node);
  message.set_size_bytes(result.size_bytes);
  return message.SerializeAsString();
}

std::optional<PullResult> from_message(std::string_view bytes) {
  wire::Result message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return PullResult{.attempt_id = std::move(*message.mutable_attempt_id()),
                    .started_at = message.started_at(),
                    .image = std::move(*message.mutable_image()),
                    .error = std::move(*message.mutable_error()),
                    .duration_ms = message.duration_ms(),
                    .node = std::move(*message.mutable_node()),
                    .size_bytes = message.size_bytes()};
}

std::string uuid_of(std::array<std::uint8_t, 16> random) {
  random[6] = static_cast<std::uint8_t>((random[6] & 0x0F) | 0x40);  // version 4
  random[8] = static_cast<std::uint8_t>((random[8] & 0x3F) | 0x80);  // the RFC's variant
  std::string text;
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    constexpr const char* digits = "0123456789abcdef";
    text += digits[random[i] >> 4];
    text += digits[random[i] & 0x0F];
  }
  return text;
}

}  // namespace kip::metrics
