// What is taken reads as nlohmann's own builder reads it; what is refused has a place and a reason,
// and only what is said to be is refused beyond that.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "config/json_value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (kip::find_invalid_utf8(text) != text.npos) return 0;  // the caller's duty
  if (text.find('\0') != text.npos) return 0;               // and nlohmann ends there
  if (text.starts_with("\xEF\xBB\xBF")) return 0;           // nlohmann skips a byte order mark
  const auto ours = kip::config::parse_json_text(text);
  const auto theirs = kip::json::parse(text, nullptr, false);
  if (ours && (theirs.is_discarded() || *ours != theirs)) std::abort();
  if (ours) {
    const auto again = kip::config::parse_json_text(ours->dump());
    if (!again || *again != *ours) std::abort();
    return 0;
  }
  const auto& message = ours.error().message;
  if (!message.starts_with("line ") || kip::find_invalid_utf8(message) != message.npos)
    std::abort();
  const bool stricter = message.find("occurs twice") != message.npos ||
                        message.find("within each other") != message.npos ||
                        message.find("too large") != message.npos;
  if (!theirs.is_discarded() && !stricter) std::abort();
  return 0;
}
