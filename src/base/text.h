// Small helpers for text that comes from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kip {

// `text` in double quotes, for a message: control characters and bytes that are no UTF-8 become
// \xHH, quotes and backslashes are escaped, and what is longer than `limit` bytes is cut with "…".
std::string quoted(std::string_view text, std::size_t limit = 80);

// The offset of the first byte that does not belong to well-formed UTF-8 (RFC 3629), or npos.
std::size_t find_invalid_utf8(std::string_view text);

// At most the first `limit` bytes of well-formed UTF-8, cut between characters.
std::string cut(std::string text, std::size_t limit);

// Without spaces, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

// A to Z of ASCII as a to z; other bytes as they are, whatever the locale.
std::string lowered(std::string_view text);

// The parts between `separator`s, without empty ones: as PATH and its like are read.
std::vector<std::string> split(std::string_view list, char separator);

// RFC 3986: everything but unreserved characters as %XX.
std::string percent_encoded(std::string_view text);

// FNV-1a, 64 bits: for spreads and checksums that are the same in every build. Not against an
// attacker. Of text in parts: goes on `from` that of the parts before.
inline constexpr std::uint64_t fnv1a_of_nothing = 14695981039346656037ULL;
std::uint64_t fnv1a(std::string_view text, std::uint64_t from = fnv1a_of_nothing);
// The same in 16 hexadecimal digits.
std::string checksum(std::string_view text);

// `a, b, c`
std::string joined(const std::vector<std::string>& parts, std::string_view separator = ", ");

}  // namespace kip
