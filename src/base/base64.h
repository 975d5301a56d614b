// Base64 as kubeconfig files hold it (RFC 4648, section 4). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kip {

// Line ends and spaces are skipped. Nothing if any other character is outside the alphabet, if the
// padding is wrong, or if the length does not come out.
std::optional<std::string> from_base64(std::string_view text);

std::string to_base64(std::string_view bytes);

}  // namespace kip
