#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json.h"
#include "base/text.h"

namespace kip::log {

namespace {

const char* pattern_of(Style style) {
  switch (style) {
    case Style::logfmt:
      return "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v";
    case Style::go:
      return "time=%Y-%m-%dT%H:%M:%S.%eZ %v";
    case Style::json:
      return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)";
  }
  return "%v";
}

// A message longer than this says nothing more; a server's answer can be megabytes.
constexpr std::size_t longest_value = 2000;

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("kip", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(pattern_of(Style::logfmt), spdlog::pattern_time_type::utc);
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

Style style = Style::logfmt;  // set before threads are made

std::function<void()>& before_line() {
  static std::function<void()> f;
  return f;
}

Fields& fields_of_all() {
  static Fields fields;  // set before threads are made
  return fields;
}

const char* capitals(Level level) {
  switch (level) {
    case Level::debug:
      return "DEBUG";
    case Level::info:
      return "INFO";
    case Level::warn:
      return "WARN";
    case Level::error:
      return "ERROR";
  }
  return "INFO";
}

std::string as_json(Level level, std::string_view message, const Fields& fields) {
  nlohmann::ordered_json line = {{"level", capitals(level)}, {"msg", message}};
  for (const auto& field : fields) line[field.key] = field.value;
  const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.substr(1);  // the time, which spdlog writes, opens it
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

void set_style(Style chosen) {
  style = chosen;
  logger().set_pattern(pattern_of(chosen), spdlog::pattern_time_type::utc);
}

void set_fields(Fields fields) { fields_of_all() = std::move(fields); }

void set_before_line(std::function<void()> f) { before_line() = std::move(f); }

void write(Level level, std::string_view message, const Fields& own) {
  if (!logger().should_log(to_spdlog(level))) return;
  Fields fields = own;
  fields.insert(fields.end(), fields_of_all().begin(), fields_of_all().end());
  std::string line =
      style == Style::json ? as_json(level, message, fields) : format(message, fields);
  if (before_line()) before_line()();
  if (style == Style::go) line = std::string("level=") + capitals(level) + " source=kip " + line;
  logger().log(to_spdlog(level), "{}", line);
}

}  // namespace kip::log
