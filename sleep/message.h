// What the program says. Written at once and unbuffered; that it cannot be written is ignored, as
// there is nobody left to tell.
#pragma once

namespace kip::sleep {

constexpr int standard_output = 1;
constexpr int standard_error = 2;

void say(int fd, const char* text);

// Text that came from outside: control characters are shown as '?', so that it cannot forge a line
// of the log.
void say_foreign(int fd, const char* text);

// "sleep: <doing> <path>: <what the errno means>" on stderr. `error` is what a system call
// returned: -errno.
void say_failure(const char* doing, const char* path, long error);

}  // namespace kip::sleep
