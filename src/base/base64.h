// Base64 (RFC 4648, section 4 where nothing else is said). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kip {

// Line ends and spaces are skipped. Nothing if any other character is outside the alphabet, if the
// padding is wrong, or if the length does not come out.
std::optional<std::string> from_base64(std::string_view text);

std::string to_base64(std::string_view bytes);
// With - and _ for + and / (RFC 4648, section 5): without padding, and with it.
std::string to_base64url(std::string_view bytes);
std::string to_padded_base64url(std::string_view bytes);

}  // namespace kip
