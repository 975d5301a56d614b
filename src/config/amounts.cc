#include "config/amounts.h"

#include <cstdint>
#include <string>

#include "base/text.h"

namespace kip::config {

namespace {

// CRI-O refuses containers with less, and runc before 1.2 needs 11 MiB to start any.
constexpr std::string_view smallest_memory = "12Mi";

Problem warning(std::string message) {
  return {Problem::Severity::warning, "", std::move(message)};
}

bool was_read(const types::Quantity& quantity) { return !quantity.text().empty(); }

}  // namespace

Problems read_amount(std::string_view text, const AmountRule& rule, types::Quantity& into) {
  auto parsed = types::Quantity::parse(text);
  if (!parsed) return {error(parsed.error().message)};
  const int sign = parsed->sign();
  if (sign < 0 || (rule.is_limit && sign == 0))
    return {error(kip::quoted(text) + (sign < 0 ? " is negative" : " is not a limit") +
                  "; expected " + (rule.is_limit ? "more than 0" : "0 or more"))};
  Problems problems;
  if (rule.is_memory && !parsed->is_whole())
    problems.push_back(
        warning(kip::quoted(text) + " is a fraction of a byte" +
                (text.ends_with('m') ? ": \"m\" means thousandths, mega is \"M\"" : "") +
                "; expected whole bytes, such as 20Mi"));
  into = std::move(*parsed);
  return problems;
}

Problems check_request(const types::Quantity& request, const types::Quantity& limit,
                       const char* limit_name) {
  if (!was_read(request) || !was_read(limit) || request.compare(limit) <= 0) return {};
  return {error(kip::quoted(request.text()) + " is more than " + limit_name + ", which is " +
                kip::quoted(limit.text()) + "; expected at most the limit")};
}

Problems check_memory_limit(const types::Quantity& limit) {
  static const auto least = types::Quantity::parse(smallest_memory);
  if (!was_read(limit) || limit.compare(*least) >= 0) return {};
  return {warning(kip::quoted(limit.text()) + " is less than " + std::string(smallest_memory) +
                  ": CRI-O refuses such containers, and runc before 1.2 cannot start them; "
                  "expected " +
                  std::string(smallest_memory) + " or more")};
}

namespace {

constexpr std::int64_t milliseconds_per_hour = 3'600'000;
// Longer than any cluster lives unchanged, and far from where a steady clock's arithmetic ends.
constexpr std::int64_t max_hours = 87'600;
// A refresh touches every node: below a second, it could only be a mistake of units.
constexpr Duration shortest = std::chrono::seconds(1);

Error refused(std::string_view text, const std::string& why) {
  return permanent(quoted(text) + " is not an interval: " + why +
                   "; expected a number of hours above 0, such as 1 or 0.5");
}

}  // namespace

Result<Duration> parse_hours(std::string_view text) {
  auto rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  std::int64_t hours = 0;         // grows no further than just beyond max_hours
  std::int64_t milliseconds = 0;  // of the fraction, times `place` at its end
  std::int64_t place = 1;
  bool seen_digit = false, seen_point = false;
  for (std::size_t i = text.size() - rest.size(); i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !seen_point) {
      seen_point = true;
      continue;
    }
    if (c < '0' || c > '9')
      return refused(text, quoted(text.substr(i), 16) + " stands at byte " + std::to_string(i + 1));
    seen_digit = true;
    if (!seen_point && hours <= max_hours) hours = hours * 10 + (c - '0');
    constexpr std::int64_t smallest_place = 1'000'000'000;  // an hour's 10⁻⁹ is 3.6 µs
    if (seen_point && place < smallest_place) {
      place *= 10;
      milliseconds = milliseconds * 10 + (c - '0') * milliseconds_per_hour;
    }
  }
  if (!seen_digit) return refused(text, "there is no digit");
  if (negative) return refused(text, "it is negative");
  const Duration interval(hours * milliseconds_per_hour + (milliseconds + place / 2) / place);
  if (interval > Duration(max_hours * milliseconds_per_hour))
    return refused(text, "it is longer than ten years (" + std::to_string(max_hours) + " hours)");
  if (interval < shortest) return refused(text, "it is shorter than a second");
  return interval;
}

}  // namespace kip::config
