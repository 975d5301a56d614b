// The log: one line an event on stderr, as `time=… level=… msg="constant text" key=value …`
// (logfmt). Messages are constant, what varies goes into fields. No secret is ever passed to it.
// Any thread may call it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kip::log {

enum class Level { debug, info, warn, error };

struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, std::size_t v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  std::string key, value;
};
using Fields = std::vector<Field>;

void set_level(Level level);

enum class Style {
  logfmt,  // as above
  go,      // the same as Go's slog writes it: levels in capitals, `source=` behind
  json,    // an object a line: {"time":…,"level":…,"msg":…, fields}
};
void set_style(Style style);
// Fields of every line from now on, behind its own.
void set_fields(Fields fields);
// Called before each line, by the thread that writes it: what stands on the terminal below the log
// goes away for it. Null: nothing.
void set_before_line(std::function<void()> f);
void write(Level level, std::string_view message, const Fields& fields = {});

inline void debug(std::string_view m, const Fields& f = {}) { write(Level::debug, m, f); }
inline void info(std::string_view m, const Fields& f = {}) { write(Level::info, m, f); }
inline void warn(std::string_view m, const Fields& f = {}) { write(Level::warn, m, f); }
inline void error(std::string_view m, const Fields& f = {}) { write(Level::error, m, f); }

// The line without time and level: exposed for tests.
std::string format(std::string_view message, const Fields& fields);

}  // namespace kip::log
