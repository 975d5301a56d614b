// Compares the parser with a slow and plain one that calculates exactly, in 128 bits. Go calculates
// fractions in double, so each term may be a nanosecond off; all else must be equal.
#include <cstdlib>
#include <string>
#include <string_view>

#include "duration.h"

namespace {

using Wide = __int128;
constexpr Wide limit = Wide{1} << 63;

struct Reference {
  bool valid = false;
  bool near_limit = false;  // rounding may decide whether it is valid
  Wide nanoseconds = 0;
  int terms = 0;
};

Wide unit_of(std::string_view name) {
  constexpr std::pair<std::string_view, long> units[] = {
      {"ns", 1},         {"us", 1'000},        {"\u00B5s", 1'000},    {"\u03BCs", 1'000},
      {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
  for (const auto& [known, nanoseconds] : units)
    if (name == known) return nanoseconds;
  return 0;
}

std::string_view take(std::string_view& text, std::size_t count) {
  const auto taken = text.substr(0, count);
  text.remove_prefix(taken.size());
  return taken;
}

Reference parse_exactly(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  Reference result;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return {true};
  if (text.empty()) return {};
  const auto near = [&](Wide value) {
    const Wide distance = value > limit ? value - limit : limit - value;
    if (distance <= result.terms) result.near_limit = true;
  };
  Wide sum = 0;
  while (!text.empty()) {
    ++result.terms;
    const auto whole = take(text, text.find_first_not_of(digits));
    std::string_view fraction;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      fraction = take(text, text.find_first_not_of(digits));
    }
    if (whole.empty() && fraction.empty()) return {};
    const Wide unit = unit_of(take(text, text.find_first_of("0123456789.")));
    if (unit == 0) return {};
    Wide value = 0;
    for (const char c : whole) {
      value = value * 10 + (c - '0');
      if (value * unit > limit) return {};
    }
    Wide part = 0, scale = 1;
    for (const char c : fraction.substr(0, 24)) {
      part = part * 10 + (c - '0');
      scale *= 10;
    }
    value = value * unit + part * unit / scale;
    if (!fraction.empty()) near(value);
    if (value > limit && !result.near_limit) return {};
    sum = (sum + value) % (Wide{1} << 64);  // as Go's sum comes round
    near(sum);
    if (sum > limit && !result.near_limit) return {};
  }
  if (sum == limit && !negative) return {false, result.near_limit, 0, result.terms};
  result.valid = true;
  result.nanoseconds = negative ? -sum : sum;
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::string text(input.c_str());  // NOLINT(*-redundant-string-cstr): ends at the first NUL
  const auto got = kip::sleep::parse_duration(text.c_str());
  const Reference expected = parse_exactly(text);
  if (expected.near_limit) return 0;
  if (got.valid != expected.valid) std::abort();
  if (!got.valid) return 0;
  const Wide off = Wide{got.nanoseconds} - expected.nanoseconds;
  if (off > expected.terms || off < -expected.terms) std::abort();
  return 0;
}
