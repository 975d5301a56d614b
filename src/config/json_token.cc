#include "config/json_token.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace kip::config {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
  const auto continuation = [&](unsigned shift) { byte(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    continuation(6);
  } else {
    byte(0xF0U | (code >> 18U));
    continuation(12);
    continuation(6);
  }
  continuation(0);
}

}  // namespace

void JsonScanner::skip_space() {
  while (!at_end() && std::string_view(" \t\r\n").find(peek()) != std::string_view::npos)
    ++position_;
}

bool JsonScanner::take(std::string_view token) {
  if (!text_.substr(position_).starts_with(token)) return false;
  position_ += token.size();
  return true;
}

Error JsonScanner::error(const std::string& what) const {
  const auto before = text_.substr(0, position_);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n') + 1;  // 0 where there is none
  return permanent("line " + std::to_string(line) + ", column " +
                   std::to_string(position_ - line_start + 1) + ": " + what);
}

Error JsonScanner::unexpected(const std::string& expected) const {
  constexpr std::size_t shown = 16;  // enough to recognise the place
  return error("found " +
               (at_end() ? "the end of the text" : quoted(text_.substr(position_), shown)) +
               ", expected " + expected);
}

Result<std::string> JsonScanner::string() {
  const auto start = *this;
  ++position_;
  std::string out;
  while (true) {
    const auto stop = std::find_if(
        text_.begin() + static_cast<std::ptrdiff_t>(position_), text_.end(),
        [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
    const auto end = static_cast<std::size_t>(stop - text_.begin());
    out += text_.substr(position_, end - position_);
    position_ = end;
    if (at_end()) return start.error("a string begins here and has no end; expected \"");
    if (take("\"")) return out;
    if (!take("\\")) return unexpected("no control character inside a string");
    if (auto done = escape(out); !done) return done.error();
  }
}

Status JsonScanner::escape(std::string& into) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (const auto i = letters.find(peek()); !at_end() && i != std::string_view::npos) {
    into += meanings[i];
    ++position_;
    return Done{};
  }
  if (!take("u")) return unexpected("one of \" \\ / b f n r t u after a backslash");
  const auto start = *this;
  auto unit = code_unit();
  if (!unit) return unit.error();
  unsigned code = *unit;
  if (code >= 0xD800 && code <= 0xDFFF) {  // UTF-16 surrogates come in pairs
    const bool high = code <= 0xDBFF;
    auto low = high && take("\\u") ? code_unit() : Result<unsigned>(0U);
    if (!low) return low.error();
    if (*low < 0xDC00 || *low > 0xDFFF)
      return start.error("half of a surrogate pair; expected both halves");
    code = 0x10000 + ((code - 0xD800) << 10U) + (*low - 0xDC00);
  }
  append_utf8(into, code);
  return Done{};
}

Result<unsigned> JsonScanner::code_unit() {
  unsigned value = 0;
  const auto digits = text_.substr(position_, 4);
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (failed != std::errc{} || end != digits.data() + 4)
    return unexpected("four hexadecimal digits");
  position_ += 4;
  return value;
}

Result<json> JsonScanner::number() {
  const auto start = *this;
  const auto digits = [&] {
    const auto first = position_;
    while (is_digit(peek())) ++position_;
    return position_ > first;
  };
  const bool negative = take("-");
  if (!take("0") && !digits()) return unexpected("a digit");
  if (is_digit(peek())) return unexpected("no digit after a leading 0");
  bool whole = true;
  if (take(".")) {
    whole = false;
    if (!digits()) return unexpected("a digit after the decimal point");
  }
  if (take("e") || take("E")) {
    whole = false;
    if (!take("+")) take("-");
    if (!digits()) return unexpected("a digit in the exponent");
  }
  const char* first = text_.data() + start.position_;
  const char* last = text_.data() + position_;
  const auto read = [&](auto value) -> json {
    const auto [end, failed] = std::from_chars(first, last, value);
    return failed == std::errc{} && end == last ? json(value) : json();
  };
  json value;
  if (whole) value = negative ? read(std::int64_t{}) : read(std::uint64_t{});
  if (value.is_null()) value = read(double{});
  if (value.is_null())
    return start.error("a number that is too large or too small; expected a 64-bit one");
  return value;
}

}  // namespace kip::config
