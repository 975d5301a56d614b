#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/text.h"

namespace kip::log {

namespace {

// A message longer than this says nothing more; a server's answer can be megabytes.
constexpr std::size_t longest_value = 2000;

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("kip", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

bool is_plain(std::string_view value) {
  return !value.empty() && value.size() <= longest_value &&
         value.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "-_.:/@+,;%") == std::string_view::npos;
}

}  // namespace

std::string format(std::string_view message, const Fields& fields) {
  std::string line = "msg=" + quoted(message, longest_value);
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += is_plain(field.value) ? field.value : quoted(field.value, longest_value);
  }
  return line;
}

void set_level(Level level) { logger().set_level(to_spdlog(level)); }

void write(Level level, std::string_view message, const Fields& fields) {
  if (logger().should_log(to_spdlog(level)))
    logger().log(to_spdlog(level), "{}", format(message, fields));
}

}  // namespace kip::log
