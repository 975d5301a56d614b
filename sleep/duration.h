// Durations as Go's time.ParseDuration takes them, with its very answers: DaemonSets made by the Go
// version hold such strings. Pure; compiled without a libc into the program, with one into its
// test.
#pragma once

#include <cstdint>

namespace kip::sleep {

struct Duration {
  bool valid = false;
  std::int64_t nanoseconds = 0;
};

// [-+]?([0-9]*(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+ or [-+]?0; a term has at least one digit. Not
// valid where a term or the sum leaves an int64 of nanoseconds. `text` ends with a NUL.
Duration parse_duration(const char* text);

}  // namespace kip::sleep
