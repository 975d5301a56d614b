#include "types/quantity.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/text.h"

namespace kip::types {

namespace {

__extension__ using Wide = __int128;

constexpr Wide nanos_per_unit = 1'000'000'000;
constexpr Wide nanos_per_milli = 1'000'000;
constexpr Wide max_units = std::numeric_limits<std::int64_t>::max();

struct Suffix {
  std::string_view text;
  int exponent;  // of 10, or of 2 where `binary`
  bool binary;
};
constexpr std::array<Suffix, 16> suffixes{{{"", 0, false},
                                           {"n", -9, false},
                                           {"u", -6, false},
                                           {"m", -3, false},
                                           {"k", 3, false},
                                           {"M", 6, false},
                                           {"G", 9, false},
                                           {"T", 12, false},
                                           {"P", 15, false},
                                           {"E", 18, false},
                                           {"Ki", 10, true},
                                           {"Mi", 20, true},
                                           {"Gi", 30, true},
                                           {"Ti", 40, true},
                                           {"Pi", 50, true},
                                           {"Ei", 60, true}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  const auto digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

// `e3`, `E-3`, `e+3`. More digits than an amount can need are cut to ±1000: out of range both ways.
std::optional<int> exponent_of(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(1);
  const bool is_negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  const auto digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  int value = 0;
  for (const char c : digits) value = value > 99 ? 1000 : value * 10 + (c - '0');
  return is_negative ? -value : value;
}

// digits · 10^(point − their number) · 2^binary in nanos, rounded up; nothing where it is beyond
// max_units. `digits` has no leading zero.
std::optional<Wide> amount(std::string_view digits, long point, int binary) {
  if (digits.empty()) return 0;
  if (point > 20) return std::nullopt;  // ≥ 10²⁰
  const auto digit = [&](long i) -> Wide {
    return i >= 0 && i < static_cast<long>(digits.size())
               ? digits[static_cast<std::size_t>(i)] - '0'
               : 0;
  };
  Wide whole = 0;
  for (long i = 0; i < point; ++i) whole = whole * 10 + digit(i);
  const Wide factor = Wide{1} << binary;
  if (whole > max_units / factor) return std::nullopt;
  // The fraction times 2^binary · 10⁹, digit by digit from its end: the carry that is left at the
  // point is the whole nanos, and any digit but 0 on the way rounds up. Digits more than 40 places
  // behind the point only do that: 10⁻⁴⁰ · 2⁶⁰ · 10⁹ is far below 1.
  constexpr long reach = 40;
  const long end = static_cast<long>(digits.size()) - point;  // digits behind the point
  bool inexact = false;
  for (long k = end; k > reach && !inexact; --k) inexact = digit(point + k - 1) != 0;
  Wide carry = 0;
  for (long k = end < reach ? end : reach; k > 0; --k) {
    carry += digit(point + k - 1) * factor * nanos_per_unit;
    inexact = inexact || carry % 10 != 0;
    carry /= 10;
  }
  const Wide nanos = whole * factor * nanos_per_unit + carry + (inexact ? 1 : 0);
  return nanos > max_units * nanos_per_unit ? std::nullopt : std::optional(nanos);
}

std::string decimal(Wide value) {
  std::string out;
  const bool is_negative = value < 0;
  do {
    const int digit = static_cast<int>(value % 10);
    out.insert(out.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return is_negative ? "-" + out : out;
}

std::string_view suffix_of(int exponent, bool binary) {
  for (const auto& suffix : suffixes)
    if (suffix.exponent == exponent && suffix.binary == binary) return suffix.text;
  return {};
}

Wide rounded_up(Wide value, Wide unit) {  // away from zero
  const Wide rest = value % unit;
  if (rest == 0) return value;
  return value - rest + (value < 0 ? -unit : unit);
}

Error not_a_quantity(std::string_view text, const std::string& why) {
  return permanent(quoted(text) + " is not a quantity: " + why +
                   "; expected a number with an optional suffix, such as 0.5, 200m, 20Mi or 1e3");
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  auto rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
  auto whole = take_digits(rest);
  std::string_view fraction;
  bool seen_digit = !whole.empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    seen_digit = seen_digit || !fraction.empty();
  }
  if (!seen_digit) return not_a_quantity(text, "there is no number at its start");

  Quantity out;
  out.text_ = text;
  int exponent = 0, binary = 0;
  const Suffix* known = nullptr;
  for (const auto& suffix : suffixes)
    if (suffix.text == rest) known = &suffix;
  if (known != nullptr && known->binary) {
    out.format_ = Format::binary;
    binary = known->exponent;
  } else if (known != nullptr) {
    exponent = known->exponent;
  } else if (const auto parsed = exponent_of(rest)) {
    out.format_ = Format::exponent;
    exponent = *parsed;
  } else {
    return not_a_quantity(text, quoted(rest, 20) + " at byte " +
                                    std::to_string(text.size() - rest.size() + 1) +
                                    " is none of the suffixes n u m k M G T P E Ki Mi Gi Ti Pi Ei");
  }

  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  std::string digits = std::string(whole) + std::string(fraction);
  long point = static_cast<long>(whole.size()) + exponent;
  const auto zeros = std::min(digits.find_first_not_of('0'), digits.size());
  const auto nanos =
      amount(std::string_view(digits).substr(zeros), point - static_cast<long>(zeros), binary);
  if (!nanos)
    return permanent(quoted(text) + " is too large for a quantity; expected at most 2^63 - 1");
  out.nanos_ = is_negative ? -*nanos : *nanos;

  // When the API server keeps the text: few enough digits, a step of thousands, and no factor of a
  // thousand (or, binary, of eight) left in the number. Its count of digits is 18, and for binary
  // suffixes 14 less the suffix's own.
  if (whole.empty()) digits.insert(0, "0");
  const long places = static_cast<long>(fraction.size());
  const long scale = exponent - places;
  const long size = static_cast<long>(digits.size());
  if (out.format_ == Format::binary) {
    if (places == 0 && size <= 14 - binary * 3 / 10) {
      Wide number = 0;
      for (const char c : digits) number = number * 10 + (c - '0');
      out.is_canonical_ = number % 8 != 0;
    }
    out.is_canonical_milli_ = true;
  } else if (size <= 18 && scale >= -9 && scale % 3 == 0 && !digits.ends_with("000") &&
             digits[0] != '0') {
    out.is_canonical_ = true;
    out.is_canonical_milli_ = scale >= -3;
  }
  return out;
}

std::string Quantity::written(Int128 nanos, Format format) {
  if (nanos == 0) return "0";
  const Wide size = nanos < 0 ? -nanos : nanos;
  if (format == Format::binary && (size < 1024 * nanos_per_unit || size % nanos_per_unit != 0))
    format = Format::decimal;  // never less exact than the amount
  if (format == Format::binary) {
    Wide number = nanos / nanos_per_unit;
    int exponent = 0;
    for (; number % 1024 == 0; number /= 1024) exponent += 10;
    return decimal(number) + std::string(suffix_of(exponent, true));
  }
  Wide number = nanos;
  int exponent = -9;
  for (; number % 1000 == 0; number /= 1000) exponent += 3;
  if (format == Format::decimal) return decimal(number) + std::string(suffix_of(exponent, false));
  return decimal(number) + (exponent == 0 ? "" : "e" + std::to_string(exponent));
}

std::string Quantity::canonical() const { return is_canonical_ ? text_ : written(nanos_, format_); }

std::string Quantity::stored() const {
  if (is_canonical_ && is_canonical_milli_) return text_;
  return written(rounded_up(nanos_, nanos_per_milli), format_);
}

std::strong_ordering Quantity::compare(const Quantity& other) const {
  return nanos_ < other.nanos_   ? std::strong_ordering::less
         : nanos_ > other.nanos_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
}

std::int64_t Quantity::whole_units() const {
  return static_cast<std::int64_t>(rounded_up(nanos_, nanos_per_unit) / nanos_per_unit);
}

bool Quantity::is_whole() const { return nanos_ % nanos_per_unit == 0; }

}  // namespace kip::types
