#include "base/base64.h"

#include <algorithm>
#include <cstdint>

namespace kip {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = digit(c);
    if (value < 0 || padding != 0) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if (++digits % 4 == 0) {
      out += static_cast<char>(bits >> 16U & 0xFFU);
      out += static_cast<char>(bits >> 8U & 0xFFU);
      out += static_cast<char>(bits & 0xFFU);
    }
  }
  const std::size_t rest = digits % 4;
  if (rest == 1 || padding != (4 - rest) % 4) return std::nullopt;
  if (rest == 2) out += static_cast<char>(bits >> 4U & 0xFFU);
  if (rest == 3) {
    out += static_cast<char>(bits >> 10U & 0xFFU);
    out += static_cast<char>(bits >> 2U & 0xFFU);
  }
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) -> std::uint32_t {
      return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0U;
    };
    const std::uint32_t bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += alphabet[bits >> 18U & 63U];
    out += alphabet[bits >> 12U & 63U];
    out += i + 1 < bytes.size() ? alphabet[bits >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? alphabet[bits & 63U] : '=';
  }
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string text = to_padded_base64url(bytes);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::string to_padded_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace kip
