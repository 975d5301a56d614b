#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kip {

namespace {

// Length of the well-formed UTF-8 sequence at text[i], 0 where there is none (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) -> unsigned {
    return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U;
  };
  const auto continues = [&](std::size_t k) { return (byte(k) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(i), second = byte(i + 1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(i + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second > 0x9F;
    return !overlong && !surrogate && continues(i + 1) && continues(i + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool too_large = lead == 0xF4 && second > 0x8F;
    return !overlong && !too_large && continues(i + 1) && continues(i + 2) && continues(i + 3) ? 4
                                                                                               : 0;
  }
  return 0;
}

// A terminal takes U+009B for ESC [, and U+202A to U+202E and U+2066 to
// U+2069 turn the order of what stands behind them.
bool is_control(std::string_view character) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(character[k]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (character.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (character.size() != 3 || byte(0) != 0xE2) return false;
  return (byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||
         (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);
}

void append_hex(std::string& out, unsigned char byte) {
  std::array<char, 8> hex{};
  std::snprintf(hex.data(), hex.size(), "\\x%02X", byte);
  out += hex.data();
}

// The character at text[i]; how many of its bytes were taken.
std::size_t append_printable(std::string& out, std::string_view text, std::size_t i) {
  const std::size_t length = utf8_length(text, i);
  if (length > 0 && !is_control(text.substr(i, length))) {
    out += text.substr(i, length);
    return length;
  }
  append_hex(out, static_cast<unsigned char>(text[i]));
  // The rest of it is no character, and would be written so.
  for (std::size_t k = 1; k < length; ++k) append_hex(out, static_cast<unsigned char>(text[i + k]));
  return std::max<std::size_t>(length, 1);
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  std::size_t i = 0;
  while (i < text.size() && i < limit) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i++];
    } else if (byte == '\n') {
      out += "\\n";
      ++i;
    } else {
      i += append_printable(out, text, i);
    }
  }
  if (i < text.size()) out += "…";
  return out + "\"";
}

std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  text.resize(limit);
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t from) {
  for (const char c : text) from = (from ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return from;
}

std::string checksum(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  const std::uint64_t value = fnv1a(text);
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[(value >> shift) & 0xFU];
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::vector<std::string> split(std::string_view list, char separator) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= list.size();) {
    const auto end = std::min(list.find(separator, from), list.size());
    if (end > from) parts.emplace_back(list.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view unreserved =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      std::array<char, 4> hex{};
      std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned char>(c));
      out += hex.data();
    }
  }
  return out;
}

}  // namespace kip
