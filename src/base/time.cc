#include "base/time.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/text.h"
#include "sleep/duration.h"

namespace kip {

namespace chr = std::chrono;

std::string to_rfc3339(WallTime time) {
  const auto day = chr::floor<chr::days>(time);
  const chr::year_month_day date{day};
  const chr::hh_mm_ss clock{chr::floor<chr::seconds>(time - day)};
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out.data();
}

namespace {

std::optional<int> digits(std::string_view text, size_t from, size_t count) {
  int value = 0;
  for (size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The part behind the seconds: `Z` or `.123Z`.
bool is_utc_tail(std::string_view tail) {
  if (tail.empty() || tail.back() != 'Z') return false;
  tail.remove_suffix(1);
  if (tail.empty()) return true;
  return tail.size() > 1 && tail[0] == '.' &&
         tail.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace

std::optional<WallTime> from_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || !is_utc_tail(text.substr(19))) {
    return std::nullopt;
  }
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const chr::year_month_day date{chr::year{*year}, chr::month(static_cast<unsigned>(*month)),
                                 chr::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return WallTime{chr::sys_days{date}} + chr::hours{*hour} + chr::minutes{*minute} +
         chr::seconds{*second};
}

std::string to_text(Duration duration) {
  if (duration < Duration::zero()) return "-" + to_text(-duration);
  if (duration < chr::seconds{1}) return std::to_string(duration.count()) + "ms";
  const auto total = chr::duration_cast<chr::seconds>(duration).count();
  const auto tenths = duration.count() / 100 % 10;
  if (total < 60 && tenths != 0) return std::to_string(total) + "." + std::to_string(tenths) + "s";
  const auto hours = total / 3600, minutes = total / 60 % 60, seconds = total % 60;
  std::string out;
  if (hours) out += std::to_string(hours) + "h";
  if (minutes) out += std::to_string(minutes) + "m";
  if (seconds) out += std::to_string(seconds) + "s";
  return out;
}

Result<Duration> parse_go_duration(std::string_view text) {
  const sleep::Duration parsed = sleep::parse_duration(std::string(text).c_str());
  // A NUL would end the text before its end.
  if (!parsed.valid || text.find('\0') != std::string_view::npos)
    return permanent(quoted(text) + " is not a duration; expected one such as 30s, 5m or 1h30m");
  return chr::duration_cast<Duration>(chr::nanoseconds{parsed.nanoseconds});
}

}  // namespace kip
