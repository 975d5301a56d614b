#include "duration.h"

namespace kip::sleep {

namespace {

using std::int64_t;
using std::uint64_t;

// The largest magnitude: that of the smallest int64. Sums are kept without their sign until the
// end, so that -9223372036854775808ns is taken.
constexpr uint64_t limit = uint64_t{1} << 63;
constexpr uint64_t second = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The bytes of a unit's name as one number, to compare names by. The fourth byte takes it to 2^24,
// where no name is, and it stays there.
constexpr std::uint32_t append(std::uint32_t name, char c) {
  return name < 1U << 24 ? name << 8 | static_cast<unsigned char>(c) : name;
}

constexpr std::uint32_t name_of(const char* text) {
  std::uint32_t name = 0;
  while (*text != '\0') name = append(name, *text++);
  return name;
}

// Moves `at` past the unit; its nanoseconds, or 0 where it is none.
uint64_t read_unit(const char*& at) {
  std::uint32_t name = 0;
  while (*at != '\0' && *at != '.' && !is_digit(*at)) name = append(name, *at++);
  switch (name) {
    case name_of("ns"):
      return 1;
    case name_of("us"):
    case name_of("\xC2\xB5s"):  // U+00B5, the micro sign
    case name_of("\xCE\xBCs"):
      return 1'000;  // U+03BC, the Greek letter mu
    case name_of("ms"):
      return 1'000'000;
    case name_of("s"):
      return second;
    case name_of("m"):
      return 60 * second;
    case name_of("h"):
      return 3600 * second;
    default:
      return 0;
  }
}

struct Fraction {
  uint64_t digits = 0;  // 0.25 has digits 25 …
  double scale = 1;     // … and scale 100
};

// Moves `at` past the digits. Go drops the digits from the first one on that would take the number
// past 2^63: what they say is far below a nanosecond.
Fraction read_fraction(const char*& at) {
  Fraction fraction;
  bool full = false;
  for (; is_digit(*at); ++at) {
    const uint64_t digit = static_cast<uint64_t>(*at - '0');
    full = full || fraction.digits > (limit - 1) / 10 || fraction.digits * 10 + digit > limit;
    if (full) continue;
    fraction.digits = fraction.digits * 10 + digit;
    fraction.scale *= 10;
  }
  return fraction;
}

// A number up to 2^63. Only the conversion of signed numbers is one instruction on x86-64, and the
// smallest int64 has the larger magnitude.
double exact_double(uint64_t number) { return -static_cast<double>(static_cast<int64_t>(-number)); }

// Moves `at` past the digits; false where the number is above the limit.
bool read_whole(const char*& at, uint64_t& number) {
  for (; is_digit(*at); ++at) {
    if (number > limit / 10) return false;
    number = number * 10 + static_cast<uint64_t>(*at - '0');
    if (number > limit) return false;
  }
  return true;
}

// One number with its unit, as nanoseconds. Moves `at` past it.
bool read_term(const char*& at, uint64_t& nanoseconds) {
  const char* const first = at;
  uint64_t whole = 0;
  if (!read_whole(at, whole)) return false;
  bool has_digits = at != first;

  Fraction fraction;
  if (*at == '.') {
    const char* const after_dot = ++at;
    fraction = read_fraction(at);
    has_digits = has_digits || at != after_dot;
  }
  if (!has_digits) return false;

  const uint64_t unit = read_unit(at);
  if (unit == 0 || whole > limit / unit) return false;

  nanoseconds = whole * unit;
  if (fraction.digits > 0) {
    // In this order and in double, so that the last nanosecond is the one that Go gives.
    const double per_digit = static_cast<double>(static_cast<int64_t>(unit)) / fraction.scale;
    const double part = exact_double(fraction.digits) * per_digit;
    nanoseconds += static_cast<uint64_t>(static_cast<int64_t>(part));
  }
  return nanoseconds <= limit;
}

}  // namespace

Duration parse_duration(const char* text) {
  const bool negative = *text == '-';
  if (negative || *text == '+') ++text;
  if (text[0] == '0' && text[1] == '\0') return {true, 0};
  if (*text == '\0') return {};

  uint64_t sum = 0;
  while (*text != '\0') {
    uint64_t term = 0;
    if (!read_term(text, term)) return {};
    sum += term;  // Two terms of 2^63 come round to 0, here as in Go.
    if (sum > limit) return {};
  }
  if (negative) return {true, static_cast<int64_t>(-sum)};
  if (sum == limit) return {};
  return {true, static_cast<int64_t>(sum)};
}

}  // namespace kip::sleep
